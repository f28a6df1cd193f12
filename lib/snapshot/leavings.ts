import { removeTree } from '../fs/remove-tree.ts';
import { removeAsides } from './discard.ts';
import { strayPrepared } from './prepared.ts';
import type { RestoreTarget } from './restore.ts';
import { readRestoreJournal, restoreUnfinished } from './restore-journal.ts';
import { siblingsOf } from './sibling-names.ts';

/**
 * What operations left behind. `Unfinished`: a restore that never ended, or of which nobody can tell: the live
 * data may be half of a set.
 * `Litter`: asides and copies that nothing needs any more, prepared ones without a seal among them.
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

/** Asides of restores, copies that were never put in place or sealed, beside volumes, env and secrets. */
async function litterBeside(parts: LiveParts): Promise<string[]> {
  const { home, volumes } = parts;
  const live = [...volumes.map(({ path }) => path), home.envFile, home.secretsDirectory];
  const found = await Promise.all(live.map((path) => siblingsOf(path, 'aside', 'incoming')));
  return [...found.flat(), ...(await strayPrepared(parts))];
}
