import { parseDuration } from '../../../lib/api/duration.ts';
import type { DefaultedRunSpec, StageName } from '../../../lib/api/index.ts';
import type { Compose } from '../../../lib/recipe/compose.ts';
import { type StartTime, startTimeOf } from '../../../lib/recipe/start-time.ts';
import type { ResolvedRun } from '../../../lib/run-record/resolved.ts';
import type { AttemptMemory } from '../journal.ts';
import type { StepContext } from '../stage.ts';

/** Deadlines, milliseconds. */
export interface Timeouts {
  total: number;
  deploy: number;
  health: number;
  test: number;
  teardown: number;
}

const DEFAULT_DEPLOY_MS = 600_000;
const DEFAULT_HEALTH_MS = 300_000;
/** However long a deploy took, its app is looked at. */
const SHORTEST_HEALTH_MS = 5_000;

/**
 * The deadlines in force: the Run's, as they were when it started, win over the Canonical's, and both over what the
 * recipe says of itself. Its label is the time of deploy and health together, its start period comes on top. Pure.
 */
export function timeoutsOf(
  spec: Pick<DefaultedRunSpec, 'timeouts'>,
  resolved: Pick<ResolvedRun, 'app' | 'ci' | 'spec'> | undefined,
  start: AttemptMemory['start'] = undefined,
): Timeouts {
  const own = (resolved?.spec ?? spec).timeouts;
  const deploy = own?.deploy ?? resolved?.app.timeouts.deploy;
  const health = own?.health ?? resolved?.app.timeouts.health;
  const shared = deploy === undefined ? start : { ...start, deployTookMs: 0 };
  return {
    total: parseDuration(own?.total ?? resolved?.ci.timeouts.total ?? '60m'),
    deploy: deploy === undefined ? (start?.timeoutMs ?? DEFAULT_DEPLOY_MS) : parseDuration(deploy),
    health: health === undefined ? healthMs(shared) : parseDuration(health),
    test: parseDuration(own?.test ?? resolved?.ci.timeouts.test ?? '10m'),
    teardown: parseDuration(resolved?.ci.timeouts.teardown ?? '5m'),
  };
}

/** `holdOnFailure`, milliseconds. Pure. */
export function holdMs({ holdOnFailure }: Pick<DefaultedRunSpec, 'holdOnFailure'>): number {
  return holdOnFailure === undefined ? 0 : parseDuration(holdOnFailure);
}

function healthMs(start: Partial<StartTime & { deployTookMs: number }> = {}): number {
  const { timeoutMs, deployTookMs = 0, startPeriodMs = 0 } = start;
  const leftMs = timeoutMs === undefined ? DEFAULT_HEALTH_MS : timeoutMs - deployTookMs;
  return Math.max(SHORTEST_HEALTH_MS, leftMs + startPeriodMs);
}

/** What the recipe says of its start as it counts in a stage: where nothing is deployed, no deploy took any of it. Pure. */
export function startIn(stage: StageName, memory: Pick<AttemptMemory, 'start'> | undefined): AttemptMemory['start'] {
  const start = memory?.start;
  if (start === undefined || stage === 'Install' || stage === 'Upgrade') return start;
  return { ...start, deployTookMs: 0 };
}

/** Notes what the version that is to be deployed says of its start: the deadline of the deploy comes from it. */
export function noteStartTime({ memory }: Pick<StepContext, 'memory'>, { compose }: { compose: Compose }): void {
  memory.start = startTimeOf(compose);
}

/** Notes how long the deploy took that ends with this step: the wait for health has the rest of the label. */
export function noteDeployTime({ memory, services }: Pick<StepContext, 'memory' | 'services'>): void {
  if (memory.start) memory.start.deployTookMs = services.clock.monotonicMs() - memory.stepStartedMs;
}
