import { CcError } from '../errors.ts';
import { checkCopy } from './copy-check.ts';
import { type Coreutils, runCoreutil } from './coreutils.ts';
import { exists } from './exists.ts';
import { removeTree } from './remove-tree.ts';
import { atPlace } from './tree-walk.ts';

/**
 * Copies a file or directory tree that is ours alone to `to`, which must not exist (its parent must); what an app can
 * reach is copied by `copyOut`. Kept: contents, holes, modes, owners, times, links, hard links among the copied names,
 * extended attributes, empty directories, names of any bytes. Sockets are left out and returned (printable relative
 * paths). Where something cannot be kept — usually owners, without the right to give files away — nothing is left at
 * `to`. Shares blocks where the file system can. Not synced.
 * @throws CcError `Conflict` (`to` exists), `DataMissing` (no `from`), `Refused` (owner or mode not kept), `NoSpace`,
 * `Aborted`, `CommandFailed`.
 */
export async function copyTree(from: string, to: string, tools: Coreutils): Promise<string[]> {
  if (!(await exists(from))) throw new CcError('DataMissing', `${from} does not exist, it cannot be copied`);
  await assertFree(to);
  try {
    await runCoreutil(tools, [
      'cp',
      '--archive',
      '--preserve=xattr',
      '--sparse=always',
      '--reflink=auto',
      '--no-target-directory',
      '--',
      from,
      to,
    ]);
    return (await atPlace(from, (place) => checkCopy(place, to, tools.signal))).sockets;
  } catch (error) {
    await removeTree(to);
    throw error;
  }
}

/** @throws CcError `Conflict` where something is in the place of a copy. */
export async function assertFree(to: string): Promise<void> {
  if (await exists(to)) throw new CcError('Conflict', `${to} exists already, a copy never overwrites`);
}
