import { join } from 'node:path';
import { CcError, orElse } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';

/** Names one try of one operation; asides carry both. */
export interface RestoreOperation {
  id: string;
  attempt: number;
}

/** One live file or directory that the restore replaces, or only sets aside. */
export interface JournaledPart {
  kind: 'volume' | 'env' | 'secrets';
  name: string;
  /** Live path. */
  live: string;
  /** Path in the set and its digest; absent: the set does not know it, so it only goes aside. */
  from?: string;
  digest?: string;
  /** A sealed copy of it that takes the live place; absent: one is made. */
  prepared?: string;
  done: boolean;
}

/** What a restore does and how far it is: `restore.json` in the app's directory. */
export interface RestoreJournal {
  format: 1;
  operation: RestoreOperation;
  /** Directory of the set. */
  set: string;
  /** Digest of the set's manifest when the restore began. */
  manifestDigest: string;
  /** `Restored`: every part is in place; asides may still be there. */
  state: 'Restoring' | 'Restored';
  parts: JournaledPart[];
}

/**
 * The journal of the last restore of an app, or undefined after none (or once its asides have been removed).
 * @throws CcError `Damaged` when it cannot be read as one.
 */
export async function readRestoreJournal(appDirectory: string): Promise<RestoreJournal | undefined> {
  const path = restoreJournalPath(appDirectory);
  const journal = await readJson<RestoreJournal | null>(path);
  if (journal === undefined) return undefined;
  if (journal?.format === 1 && Array.isArray(journal.parts) && typeof journal.operation?.id === 'string')
    return journal;
  throw new CcError('Damaged', `${path} is not a restore journal of this version`);
}

/** Writes the journal durably. */
export async function writeRestoreJournal(appDirectory: string, journal: RestoreJournal): Promise<void> {
  await writeJsonDurable(restoreJournalPath(appDirectory), journal, { mode: 0o600 });
}

/** Path of the journal. Pure. */
export function restoreJournalPath(appDirectory: string): string {
  return join(appDirectory, 'restore.json');
}

/**
 * The operation whose restore has begun and not ended: a deploy must be refused while there is one. An unreadable
 * journal counts as unfinished, with the operation id `unknown`.
 */
export async function restoreUnfinished(appDirectory: string): Promise<RestoreOperation | undefined> {
  const unread = { state: 'Restoring', operation: { id: 'unknown', attempt: 0 } } as const;
  const journal = await orElse(readRestoreJournal(appDirectory), 'Damaged', () => unread);
  return journal?.state === 'Restoring' ? journal.operation : undefined;
}
