import type { CanonicalStatus, Condition, RunStatus, SweepStatus, WarmServiceStatus } from '../api/generated/types.ts';
import type { DefaultedSpecOf } from '../api/object.ts';
import { present } from '../api/objects.ts';
import { acceptedSpec, specInForce } from '../store/spec-in-force.ts';
import type { StoredObject } from '../store/store.ts';
import type { EnrolmentFacts, RunFacts, ServiceFacts, Standing, SweepFacts, Tone, TrendEntry } from './model.ts';

/** A status as it was shown last; any part may be missing. */
type Shown<T> = Partial<T> | undefined;

/** What is shown of a run. Pure. @param sources the source of each enrolled recipe, where its Canonical names one. */
export function runFacts(
  object: StoredObject,
  status: Shown<RunStatus>,
  sources: ReadonlyMap<string, string | undefined>,
): RunFacts {
  const spec = specInForce(object) as DefaultedSpecOf<'Run'>;
  const succeeded = conditionOf(status?.conditions, 'Succeeded');
  const mode = status?.mode ?? spec.mode;
  const own = spec.source === undefined || !sources.has(spec.recipe) || spec.source === sources.get(spec.recipe);
  return {
    name: object.name,
    uid: object.uid,
    recipe: spec.recipe,
    created: object.creationTimestamp,
    standing: standingOf(succeeded, runTone(succeeded)),
    ended: succeeded !== undefined && succeeded.status !== 'Unknown',
    mode,
    counts: mode === 'Cold' && spec.pullRequest === undefined && own,
    ...present({
      ref: spec.ref,
      pullRequest: spec.pullRequest,
      verdict: status?.verdict,
      level: status?.level,
      version: status?.version?.head,
      commit: status?.commit,
      blame: status?.blame,
      promoted: status?.promotion && status.promotion.result === 'Promoted',
      startTime: status?.startTime,
      completionTime: status?.completionTime,
    }),
  };
}

/** What is kept of a run that ended; undefined of one that did not. Pure. */
export function trendEntry(run: RunFacts): TrendEntry | undefined {
  const { name, uid, completionTime: time, standing, mode, counts, verdict, level, version } = run;
  if (!run.ended || time === undefined) return undefined;
  const { word, tone } = standing;
  return { run: name, uid, time, word, tone, mode, counts, ...present({ verdict, level, version }) };
}

/** What is shown of a Canonical. Pure. */
export function enrolmentFacts(object: StoredObject, status: Shown<CanonicalStatus>): EnrolmentFacts {
  const { app } = specInForce(object) as DefaultedSpecOf<'Canonical'>;
  const ready = conditionOf(status?.conditions, 'Ready');
  return {
    canonical: object.name,
    uid: object.uid,
    recipe: app.recipe,
    standing: standingOf(ready, toneOf(ready)),
    history: listOf(status?.history),
    ...present({ source: app.source, nextAction: status?.nextAction, knownGood: status?.knownGood }),
  };
}

/** Whether the Canonical is the recipe's, and not one that was refused beside it. Pure. */
export function isEnrolled(object: StoredObject): boolean {
  return acceptedSpec(object) !== undefined;
}

/** What is shown of a WarmService. Pure. */
export function serviceFacts(object: StoredObject, status: Shown<WarmServiceStatus>): ServiceFacts {
  const { app } = specInForce(object) as DefaultedSpecOf<'WarmService'>;
  const ready = conditionOf(status?.conditions, 'Ready');
  const healthy = conditionOf(status?.conditions, 'Healthy');
  return {
    name: object.name,
    uid: object.uid,
    recipe: app.recipe,
    standing: standingOf(ready, toneOf(ready)),
    version: status?.version ?? {},
    history: listOf(status?.history),
    ...present({
      health: healthy && standingOf(healthy, toneOf(healthy)),
      url: status?.url,
      operation: status?.operation && `${status.operation.type}: ${status.operation.step}`,
    }),
  };
}

/** What is shown of a Sweep. Pure. */
export function sweepFacts(object: StoredObject, status: Shown<SweepStatus>): SweepFacts {
  const ready = conditionOf(status?.conditions, 'Ready');
  return {
    name: object.name,
    uid: object.uid,
    standing: standingOf(ready, toneOf(ready)),
    history: listOf(status?.history),
    ...present({ lastSweep: status?.lastSweep, nextScheduleTime: status?.nextScheduleTime }),
  };
}

/** What an earlier process left may be of another shape. */
function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list : [];
}

function conditionOf(conditions: readonly Condition[] | undefined, type: Condition['type']): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function standingOf(condition: Condition | undefined, tone: Tone): Standing {
  const { reason: word = 'Unknown', message = '' } = condition ?? {};
  return { word, message, tone };
}

function toneOf(condition: Condition | undefined): Tone {
  if (condition === undefined || condition.status === 'Unknown') return 'Doubt';
  return condition.status === 'True' ? 'Good' : 'Bad';
}

/** Only a verdict is bad: what ended for other reasons says nothing of the recipe. */
function runTone(succeeded: Condition | undefined): Tone {
  if (succeeded === undefined || succeeded.status === 'Unknown') return 'Live';
  if (succeeded.status === 'True') return 'Good';
  return succeeded.reason === 'Cancelled' || succeeded.reason === 'InfraError' ? 'Doubt' : 'Bad';
}
