import { join } from 'node:path';
import { KINDS } from '../api/kinds.ts';
import { orNothing } from '../errors.ts';
import { renameDurable } from '../fs/durable.ts';
import { namesIn } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { StatePaths } from './state-paths.ts';

const PREFIX = '.trash-';

/**
 * First half of a removal: the directory of an object becomes `.trash-<uid>` beside it, durably; an absent one is success. Once
 * this has failed in the middle it can be called again, though something was written at the old place since.
 * @returns the path of the trash, which is left to be removed.
 */
export async function moveToTrash(directory: string, kindDirectory: string, uid: string): Promise<string> {
  const trash = join(kindDirectory, `${PREFIX}${uid}`);
  await removeTree(trash);
  await orNothing(renameDurable(directory, trash), 'ENOENT');
  return trash;
}

/** Ends the removals of objects of which the second half was cut off or failed. Idempotent. @throws system errors as they are. */
export async function sweepTrash(paths: Pick<StatePaths, 'kindDirectory'>): Promise<void> {
  for (const kind of KINDS) {
    const directory = paths.kindDirectory(kind);
    for (const name of await namesIn(directory)) if (name.startsWith(PREFIX)) await removeTree(join(directory, name));
  }
}
