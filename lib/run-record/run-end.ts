import type { Blame, PromotionStatus, StageName, StageResult, Verdict } from '../api/generated/types.ts';
import { orNothing } from '../errors.ts';
import type { ObjectStore } from '../store/store.ts';

/** Where a run stands. Only a journal write moves it. */
export type RunState =
  | 'Pending' // waits for a slot: before the first attempt, or between two
  | 'Testing' // stages up to the verdict
  | 'Holding' // failed and kept for a look; holds no slot
  | 'TearingDown'
  | 'Promoting'
  | 'Ended';

/** Reasons of `Succeeded` that end a run. */
type EndReason = 'Passed' | 'Failed' | 'TimedOut' | 'Cancelled' | 'InfraError' | 'TeardownFailed';

export interface RunOutcome {
  reason: EndReason;
  message: string;
  /** Absent when the tests did not end. */
  verdict?: Verdict;
  blame?: Blame;
  level: number;
}

/** How a run ended; none of it changes any more. */
export interface RunEnd {
  outcome?: RunOutcome;
  /** Absent: it never came to a promotion. */
  promotion?: PromotionStatus;
  /** The final status. */
  frozen?: Record<string, unknown>;
}

/** The first stage of an ended run that failed, or was cut off; undefined: none. Pure. */
export function failedStageOf({ frozen }: RunEnd): StageName | undefined {
  const stages = (frozen?.stages ?? []) as readonly StageResult[];
  return stages.find(({ result }) => result === 'Failed' || result === 'Interrupted')?.name;
}

export interface RunAttempt {
  number: number;
  domain: string;
  /** What it made outside; absent: the app at its domain. */
  resources?: readonly { kind: string; domain?: string; realm?: string }[];
}

/** What others may know of a run's journal; the rest is the run's own. */
export interface RunRecord extends RunEnd {
  step: RunState;
  attempts: readonly RunAttempt[];
  /** Nothing of the last attempt is left. */
  tornDown: boolean;
}

/** `Open`: not over, or nobody can tell. `Gone`: there is no such run, and none was lost. */
export type RunStanding = { state: 'Open' } | { state: 'Over'; end: RunEnd; tornDown: boolean } | { state: 'Gone' };

type RunReader = Pick<ObjectStore, 'get' | 'isDamaged' | 'readJournal'>;

/**
 * How a run stands, for whoever waits for its end. With a `uid`: that run, whoever has its name by now.
 * @throws system errors as they are.
 */
export async function runStanding(store: RunReader, run: { name: string; uid?: string }): Promise<RunStanding> {
  const key = { kind: 'Run', name: run.name } as const;
  const object = store.get(key);
  if (!object || object.uid !== (run.uid ?? object.uid)) return { state: store.isDamaged(key) ? 'Open' : 'Gone' };
  const record = await orNothing(readRunRecord(store, run.name), 'Damaged');
  return record?.step === 'Ended' ? { state: 'Over', end: record, tornDown: record.tornDown } : { state: 'Open' };
}

/** Undefined before the run's first look. @throws DamagedRecord where the journal cannot be read. */
export async function readRunRecord(
  store: Pick<ObjectStore, 'readJournal'>,
  name: string,
): Promise<RunRecord | undefined> {
  return await store.readJournal<RunRecord>({ kind: 'Run', name });
}

/** Whether the attempt that had the domain is proven to be over: the run went on to another, or was torn down. Pure. */
export function isAttemptOver(record: RunRecord, domain: string): boolean {
  const had = ({ domain: own, resources = [] }: RunAttempt): boolean =>
    own === domain || resources.some((one) => one.domain === domain);
  return isOver(record, record.attempts.find(had));
}

/** Whether the attempt of that number had the realm, and is proven to be over. Pure. */
export function isRealmOver(record: RunRecord, { realm, attempt }: { realm: string; attempt: number }): boolean {
  const had = ({ number, resources = [] }: RunAttempt): boolean =>
    number === attempt && resources.some((one) => one.realm === realm);
  return isOver(record, record.attempts.find(had));
}

function isOver({ step, attempts, tornDown }: RunRecord, attempt: RunAttempt | undefined): boolean {
  if (attempt === undefined) return false;
  return attempts.at(-1) !== attempt || (step === 'Ended' && tornDown);
}
