import type { RecipeRow, ServiceRow, SweepStep } from './journal.ts';
import type { Calendar } from './occurrence.ts';
import { nextOfService, type ServiceEnd, type ServiceSeen } from './services.ts';

/** How the run of a recipe stands. `Unmade`: there is none, and nothing says that there was. */
export type RowRun = { state: 'Unmade' | 'Open' | 'Over' | 'Removed' | 'Damaged'; uid?: string };

/** How far a sweep has come. */
export interface UnderWay {
  step: SweepStep;
  cancelled: boolean;
}

/** Everything a decision about a sweep is made from. Durations in milliseconds. */
export interface SweepFacts {
  /** The sweep under way, without its rows: a decision is kept, and they may be many. */
  sweep?: UnderWay;
  /** Somebody wants one now. */
  asked: boolean;
  /** Milliseconds since the epoch. */
  now: number;
  runningMs: number;
  resyncMs: number;
  deletion: 'None' | 'Missing' | 'Started' | 'Destroying';
  accepted: boolean;
  suspended: boolean;
  calendar: Calendar;
  /** How many Canonicals the selector matches, of those that are enrolled. */
  enrolled: number;
  /** Names of runs and of other sweeps that are active; looked for when a sweep is to start. */
  activeRuns: readonly string[];
  activeSweeps: readonly string[];
  /** The service whose turn it is. */
  service?: { row: ServiceRow; seen: ServiceSeen };
  /** The recipe whose turn it is. */
  recipe?: { row: RecipeRow; run: RowRun };
}

export type SweepAction =
  | { type: 'Accept' }
  | { type: 'NoteSchedule' }
  | { type: 'Start'; cause: 'Schedule' | 'Request'; scheduleMs?: number }
  | { type: 'AskService'; name: string }
  | { type: 'EndService'; name: string; end: ServiceEnd }
  | { type: 'ListRecipes' }
  | { type: 'Decide'; canonical: string }
  | { type: 'CreateRun'; canonical: string }
  | { type: 'CancelRun'; canonical: string }
  | { type: 'EndRecipe'; canonical: string; run: RowRun['state'] }
  | { type: 'Conclude' }
  | { type: 'Report' }
  | { type: 'Rest'; reason: SweepRest; afterMs: number }
  | { type: 'StartDestroying' }
  | { type: 'Destroy' };

export type SweepRest =
  | 'Scheduled'
  | 'Suspended'
  | 'RunsActive'
  | 'SweepActive'
  | 'WarmService'
  | 'RunActive'
  | 'RunEnds'
  | 'FetchRetry';

/** Between two looks at what tells nobody that it has ended. */
const LOOK_MS = 2_000;
/** A run tells when it has ended; one that is removed does not. */
const RUN_MS = 60_000;
/** So soon a Sweep that has nothing to test looks again whether that is still so. */
const NOTHING_MS = 15_000;

/** Decides the one next act for a Sweep. Pure. */
export function planSweep(facts: SweepFacts): SweepAction {
  if (facts.deletion === 'Destroying') return { type: 'Destroy' };
  if (facts.sweep) return planUnderWay(facts, facts.sweep);
  if (facts.deletion === 'Started') return { type: 'StartDestroying' };
  if (!facts.accepted) return { type: 'Accept' };
  const { stale, due } = facts.calendar;
  // What comes while it is suspended is passed over.
  if (stale || (facts.suspended && due)) return { type: 'NoteSchedule' };
  if (facts.suspended) return rest('Suspended', facts.resyncMs);
  return due || facts.asked ? planStart(facts) : rest('Scheduled', untilNextMs(facts));
}

/** Asked for and due at the same time it is one sweep. */
function planStart({ calendar: { due }, asked, ...facts }: SweepFacts): SweepAction {
  if (facts.activeSweeps.length > 0) return rest('SweepActive', LOOK_MS);
  if (facts.activeRuns.length > 0) return rest('RunsActive', LOOK_MS);
  return {
    type: 'Start',
    cause: asked ? 'Request' : 'Schedule',
    ...(due === undefined ? {} : { scheduleMs: due.scheduleMs }),
  };
}

function planUnderWay(facts: SweepFacts, { step, cancelled }: UnderWay): SweepAction {
  if (step === 'Report') return { type: 'Report' };
  if (step === 'Services') return cancelled ? { type: 'Conclude' } : planServices(facts);
  const { recipe } = facts;
  if (recipe === undefined) return { type: 'Conclude' };
  return cancelled ? planCancelled(recipe) : planRecipe(recipe, facts);
}

function planServices({ service, runningMs }: SweepFacts): SweepAction {
  if (service === undefined) return { type: 'ListRecipes' };
  const { name } = service.row;
  const { next, ...end } = nextOfService(service.row, service.seen, runningMs);
  if (next === 'Ask') return { type: 'AskService', name };
  return next === 'Wait' ? rest('WarmService', LOOK_MS) : { type: 'EndService', name, end };
}

type CurrentRecipe = NonNullable<SweepFacts['recipe']>;

function planRecipe({ row, run }: CurrentRecipe, { runningMs, resyncMs }: SweepFacts): SweepAction {
  const { canonical, decision, retryAtRunningMs = 0 } = row;
  if (decision === undefined)
    return runningMs < retryAtRunningMs
      ? rest('FetchRetry', retryAtRunningMs - runningMs)
      : { type: 'Decide', canonical };
  if (run.state === 'Unmade' || row.runUid === undefined) return { type: 'CreateRun', canonical };
  return run.state === 'Open'
    ? rest('RunActive', Math.min(resyncMs, RUN_MS))
    : { type: 'EndRecipe', canonical, run: run.state };
}

/** The run under way is ended and waited for; what has not begun never does. */
function planCancelled({ row: { canonical, runUid, cancelled }, run }: CurrentRecipe): SweepAction {
  if (run.state === 'Unmade') return { type: 'Conclude' };
  if (runUid === undefined) return { type: 'CreateRun', canonical };
  if (run.state !== 'Open') return { type: 'EndRecipe', canonical, run: run.state };
  return cancelled ? rest('RunEnds', LOOK_MS) : { type: 'CancelRun', canonical };
}

/** A clock that jumps is noticed with the next resync. */
function untilNextMs({ calendar: { next }, now, resyncMs, enrolled }: SweepFacts): number {
  const waitMs = next === undefined ? resyncMs : Math.max(1, next.startMs - now);
  return Math.min(waitMs, resyncMs, enrolled === 0 ? NOTHING_MS : resyncMs);
}

function rest(reason: SweepRest, afterMs: number): SweepAction {
  return { type: 'Rest', reason, afterMs };
}
