import { parseDuration } from '../../../lib/api/duration.ts';
import type { DefaultedRunSpec, StageName, StageState } from '../../../lib/api/index.ts';
import { overMessage } from '../../../lib/deadline.ts';
import type { Compose } from '../../../lib/recipe/compose.ts';
import { type StartTime, startTimeOf } from '../../../lib/recipe/start-time.ts';
import type { ResolvedRun } from '../../../lib/run-record/run-files.ts';
import type { AttemptMemory } from '../journal.ts';
import type { RunFacts } from '../plan.ts';
import { modeOf, TEST_STAGES } from '../run-operation.ts';
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

/** Stages that deploy something. */
const WITH_DEPLOY: readonly StageName[] = ['Install', 'Reattach', 'Upgrade'];

/** What the recipe says of its start as it counts in a stage: where nothing is deployed, no deploy took any of it. Pure. */
export function startIn(stage: StageName, memory: Pick<AttemptMemory, 'start'> | undefined): AttemptMemory['start'] {
  const start = memory?.start;
  if (start === undefined || WITH_DEPLOY.includes(stage)) return start;
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

type Underway = Pick<RunFacts, 'journal' | 'progress'>;

/** The step of an attempt that is to be done next, and whether its time runs already. Pure. */
export function nextStep({ journal, progress }: Underway): { stage: StageName; step: number; begun: boolean } {
  const running = progress?.stages.find(({ result }) => result === 'Running')?.name;
  const cursor = journal.memory?.cursor;
  if (cursor && cursor.stage === running) return { ...cursor, begun: true };
  // One that runs at the cursor of another was opened, and that could not be journaled: it begins once more.
  const tests: readonly StageName[] = TEST_STAGES[modeOf(progress)];
  const open = progress?.stages.find(({ name, result }) => tests.includes(name) && isOpen(result));
  return { stage: open?.name ?? 'Prepare', step: 0, begun: false };
}

function isOpen(result: StageState): boolean {
  return result === 'Pending' || result === 'Running';
}

/**
 * Milliseconds until the deadline of the next step or of the whole run, whichever is nearer. The time of a stage's first
 * step begins with it: what the stage before it took is no part of it. Pure.
 */
export function remainingMs(facts: Pick<RunFacts, 'journal' | 'progress' | 'timeouts' | 'monotonicMs'>): number {
  const { journal, timeouts, monotonicMs } = facts;
  const { memory } = journal;
  if (!memory) return timeouts.totalMs;
  const spentMs = nextStep(facts).begun ? monotonicMs - memory.stepStartedMs : 0;
  return Math.min(timeouts.totalMs - (monotonicMs - memory.attemptStartedMs), timeouts.stepMs - spentMs);
}

/** What a stage whose time is over says; `waitedFor`: what it waited for last, where that is known. Pure. */
export function deadlineMessage(waitedFor: string | undefined): string {
  return overMessage('the deadline of the stage is over', waitedFor);
}
