import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError } from '../errors.ts';
import { throwIfAborted } from '../fs/coreutils.ts';
import { syncDirectory } from '../fs/durable.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { LiveParts } from './leavings.ts';
import { type RestoreJournal, readRestoreJournal, restoreJournalPath } from './restore-journal.ts';
import { freeTrashPath, livePaths, siblingsOf, siblingsOfAll } from './sibling-names.ts';

/**
 * Removes what a finished restore set aside, whatever its operation, and the restore's journal; to be called once the
 * app is healthy on the restored data. Absent is success; idempotent.
 * @throws CcError `Refused` while a restore is unfinished: then an aside may be the only copy.
 */
export async function removeAsides(directory: string): Promise<void> {
  await endRestore(directory, (_live, path) => removeTree(path));
}

/**
 * {@link removeAsides} for who has no time: it only takes their names, on their own file systems, so that it takes as
 * long for any amount of data. {@link emptyTrash} does the rest.
 */
export async function discardAsides(directory: string): Promise<void> {
  await endRestore(directory, moveToTrash);
}

async function endRestore(directory: string, dispose: (live: string, path: string) => Promise<void>): Promise<void> {
  const journal = await readRestoreJournal(directory);
  if (journal === undefined) return;
  assertEnded(directory, journal);
  for (const { live } of journal.parts) {
    for (const path of await siblingsOf(live, 'aside', 'incoming')) await dispose(live, path);
  }
  await removeTree(restoreJournalPath(directory));
}

function assertEnded(directory: string, { state, operation }: RestoreJournal): void {
  if (state !== 'Restoring') return;
  throw new CcError('Refused', `the restore ${operation.id} of ${directory} has not ended`, {
    remedy: 'Finish the restore first; its asides may be the only copy of the data.',
  });
}

/** Takes the name of a sibling of `live`, on its own file system; durable. {@link emptyTrash} does the rest. */
export async function moveToTrash(live: string, path: string): Promise<void> {
  await rename(path, await freeTrashPath(live, path));
  await syncDirectory(dirname(live));
}

/** Whether something waits to be removed. Reads names only. */
export async function hasTrash(live: LiveParts): Promise<boolean> {
  return (await trashBeside(live)).length > 0;
}

/**
 * Removes what {@link discardAsides} has left. Nobody needs it and nobody else touches it, so that it takes no lease.
 * Idempotent. @throws CcError `Aborted`, with some of it left.
 */
export async function emptyTrash(live: LiveParts, signal: AbortSignal): Promise<void> {
  for (const path of await trashBeside(live)) {
    throwIfAborted(signal);
    await removeTree(path);
  }
}

async function trashBeside(live: LiveParts): Promise<string[]> {
  return siblingsOfAll(livePaths(live), 'trash');
}
