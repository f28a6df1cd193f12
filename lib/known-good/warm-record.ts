import type { Condition } from '../api/generated/types.ts';
import type { ObjectStore } from '../store/store.ts';
import type { LastGood } from './last-good.ts';

/** A version of a recipe, as others may know it. */
interface KnownVersion {
  version: string;
  commit: string;
}

/** What others may know of a warm service's journal; the rest is its own. */
export interface WarmRecord {
  /** Resolved once, immutable; absent: nothing was claimed yet. */
  domain?: string;
  /** What `state.json` said at the end of the last operation: counts where that file is lost or older. */
  lastGood?: LastGood;
  /** In flight, or one that failed for good and waits for a person. */
  operation?: { type: string; steps: { done: readonly string[]; undone: readonly string[]; failure?: unknown } };
  /** The newest releases when they were last looked at, by running time, milliseconds; absent: to be looked at anew. */
  newest?: {
    atRunningMs: number;
    session: string;
    latest?: KnownVersion;
    target?: KnownVersion;
    held?: KnownVersion;
    stays?: string;
  };
  /** What upgrades came to, the newest first. */
  history?: readonly { version: string; result: string; time: string }[];
  /** What could not be prepared waits. */
  postponed?: { message: string };
  /** An upgrade waits for runs that use the service. */
  waits?: { commit: string };
  /** As last shown. */
  conditions?: readonly Condition[];
}

/** Whether what runs may be taken down, replaced or gone: until an operation has committed. Pure. */
export function isChanging({ operation }: WarmRecord): boolean {
  return operation !== undefined && !operation.steps.done.includes('Commit');
}

/** A rollback that failed, all steps of its way back done: nothing is tried again before a person says so. Pure. */
export function isGivenUp({ type, steps }: NonNullable<WarmRecord['operation']>): boolean {
  return type === 'RollBack' && steps.failure !== undefined && steps.undone.includes('Close');
}

/** Undefined before the first look at it. @throws DamagedRecord where the journal cannot be read. */
export async function readWarmRecord(
  store: Pick<ObjectStore, 'readJournal'>,
  name: string,
): Promise<WarmRecord | undefined> {
  return await store.readJournal<WarmRecord>({ kind: 'WarmService', name });
}
