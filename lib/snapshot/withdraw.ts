import { namesIn } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { type RestoreJournal, restoreJournalPath, writeRestoreJournal } from './restore-journal.ts';
import { incomingPath } from './sibling-names.ts';

/**
 * Takes a restore back that has moved nothing yet: its copies go, and the journal is the one of before. Where a volume is
 * empty the journal stays, so that no app is deployed on what a platform may just have made for the restore.
 */
export async function withdrawRestore(
  appDirectory: string,
  journal: RestoreJournal,
  earlier: RestoreJournal | undefined,
): Promise<void> {
  for (const { live } of journal.parts) await removeTree(incomingPath(live, journal.operation));
  for (const { kind, from, live } of journal.parts) {
    if (kind === 'volume' && from !== undefined && (await namesIn(live)).length === 0) return;
  }
  if (earlier === undefined) await removeTree(restoreJournalPath(appDirectory));
  else await writeRestoreJournal(appDirectory, earlier);
}
