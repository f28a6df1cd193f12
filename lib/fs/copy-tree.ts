import { lstat, unlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError } from '../errors.ts';
import { type Coreutils, runCoreutil } from './coreutils.ts';
import { exists } from './exists.ts';
import { printablePath } from './printable-path.ts';
import { removeTree } from './remove-tree.ts';
import { type TreeEntry, walkTree } from './tree-walk.ts';

/**
 * Copies a file or directory tree to `to`, which must not exist (its parent must). Kept: contents, holes, modes,
 * owners, times, links, hard links among the copied names, extended attributes, empty directories, names of any bytes.
 * Sockets are left out and returned (printable relative paths). Where something cannot be kept — usually owners, without
 * the right to give files away — nothing is left at `to`. Shares blocks where the file system can. Not synced.
 * @throws CcError `Conflict` (`to` exists), `DataMissing` (no `from`), `Refused` (owner or mode not kept), `NoSpace`,
 * `Aborted`, `CommandFailed`.
 */
export async function copyTree(from: string, to: string, tools: Coreutils): Promise<string[]> {
  if (!(await exists(from))) throw new CcError('DataMissing', `${from} does not exist, it cannot be copied`);
  if (await exists(to)) throw new CcError('Conflict', `${to} exists already, a copy never overwrites`);
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
    return await checkAttributes(from, to, tools.signal);
  } catch (error) {
    await removeTree(to);
    throw error;
  }
}

/** Compares owners and modes entry by entry and takes the sockets out of the copy. */
async function checkAttributes(from: string, to: string, signal: AbortSignal): Promise<string[]> {
  const sockets: TreeEntry[] = [];
  const copies = walkTree(to, signal);
  for await (const original of walkTree(from, signal)) {
    const copy = (await copies.next()).value as TreeEntry | undefined;
    if (!copy?.path.equals(original.path)) throw changedMeanwhile(from, original);
    checkEntry(from, original, copy);
    if (original.stats.isSocket()) sockets.push(copy);
  }
  for (const socket of sockets) await dropSocket(socket);
  return sockets.map((socket) => printablePath(socket.path));
}

function checkEntry(from: string, original: TreeEntry, copy: TreeEntry): void {
  const same = (field: 'uid' | 'gid' | 'mode'): boolean => original.stats[field] === copy.stats[field];
  if (same('uid') && same('gid') && same('mode')) return;
  const { uid, gid } = original.stats;
  throw new CcError(
    'Refused',
    `the copy of ${from}/${printablePath(original.path)} lost its owner ${uid}:${gid} or mode`,
    {
      remedy: 'Run the controller as root, or with CAP_CHOWN, CAP_FOWNER, CAP_DAC_OVERRIDE and CAP_FSETID.',
    },
  );
}

function changedMeanwhile(from: string, entry: TreeEntry): CcError {
  return new CcError('Conflict', `${from} changed while it was copied, near ${printablePath(entry.path)}`, {
    remedy: 'Something still writes to it: see that the app is undeployed.',
  });
}

async function dropSocket(socket: TreeEntry): Promise<void> {
  const parent = dirname(socket.fullPath.toString('latin1'));
  const directory = Buffer.from(parent, 'latin1');
  const before = await lstat(directory);
  await unlink(socket.fullPath);
  await utimes(directory, before.atime, before.mtime);
}
