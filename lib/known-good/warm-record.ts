import type { ObjectStore } from '../store/store.ts';
import type { LastGood } from './last-good.ts';

/** What others may know of a warm service's journal; the rest is its own. */
export interface WarmRecord {
  /** Resolved once, immutable; absent: nothing was claimed yet. */
  domain?: string;
  /** What `state.json` said at the end of the last operation: counts where that file is lost or older. */
  lastGood?: LastGood;
  /** In flight, or one that failed for good and waits for a person. */
  operation?: { steps: { done: readonly string[] } };
}

/** Whether what runs may be taken down, replaced or gone: until an operation has committed. Pure. */
export function isChanging({ operation }: WarmRecord): boolean {
  return operation !== undefined && !operation.steps.done.includes('Commit');
}

/** Undefined before the first look at it. @throws DamagedRecord where the journal cannot be read. */
export async function readWarmRecord(
  store: Pick<ObjectStore, 'readJournal'>,
  name: string,
): Promise<WarmRecord | undefined> {
  return await store.readJournal<WarmRecord>({ kind: 'WarmService', name });
}
