import { removeTree } from '../fs/remove-tree.ts';
import { removeAsides } from './discard.ts';
import type { RestoreTarget } from './restore.ts';
import { readRestoreJournal, restoreUnfinished } from './restore-journal.ts';
import { livePaths, siblingsOfAll } from './sibling-names.ts';

/**
 * What operations left behind. `Unfinished`: a restore that never ended, or of which nobody can tell: the live
 * data may be half of a set.
 * `Litter`: asides and copies that nothing needs any more.
 */
export type Leavings = 'None' | 'Litter' | 'Unfinished';

/** Where an app's live parts are. */
export interface LiveParts {
  home: Pick<RestoreTarget, 'directory' | 'envFile' | 'secretsDirectory'>;
  volumes: readonly { name: string; path: string }[];
}

/** Reads names only; writes nothing. To be asked while no operation works on the app. */
export async function leavingsOf(live: LiveParts): Promise<Leavings> {
  if (await restoreUnfinished(live.home.directory)) return 'Unfinished';
  const journal = await readRestoreJournal(live.home.directory);
  return journal !== undefined || (await litterBeside(live)).length > 0 ? 'Litter' : 'None';
}

/** Removes what {@link leavingsOf} calls litter; nothing where a restore is unfinished. Idempotent. */
export async function removeLitter(live: LiveParts): Promise<void> {
  if (await restoreUnfinished(live.home.directory)) return;
  await removeAsides(live.home.directory);
  for (const path of await litterBeside(live)) await removeTree(path);
}

/** Asides of restores, and copies that were never put in place, beside volumes, env and secrets. */
async function litterBeside(live: LiveParts): Promise<string[]> {
  return siblingsOfAll(livePaths(live), 'aside', 'incoming');
}
