import { constants } from 'node:fs';
import { chmod, open, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hasCode, orElse, orNothing, systemCode } from '../errors.ts';
import { atPlaceBeneath, type TreePlace } from './beneath.ts';
import { closing } from './closing.ts';
import { Descent } from './descent.ts';
import type { DirectoryHandle } from './directory-handle.ts';

/** Entries that are removed at the same time. */
const BATCH = 64;
/** How often a tree is begun anew into which somebody still writes. */
const ROUNDS = 10;

/**
 * Removes a file or tree that lies in a directory of ours, and makes that durable; absent is success. Names need not be
 * UTF-8, paths may be of any length, and directories that their owner may not write (mode 0500) are no obstacle. Never
 * follows a link below that directory. When it settles, also with an error, nothing goes on in the background.
 * @throws CcError `Conflict`, `Refused` (somebody keeps changing the tree); system errors as they are.
 */
export async function removeTree(path: string): Promise<void> {
  await atPlaceBeneath(dirname(path), basename(path), removePlace);
}

async function removePlace({ directory, name }: TreePlace): Promise<void> {
  await removeEntry(directory, Buffer.from(name));
  await directory.sync();
}

/** Removes everything in an open directory, which stays. Durable. Else as {@link removeTree}. */
export async function removeEntries(directory: DirectoryHandle): Promise<void> {
  for (const name of await directory.entries()) await removeEntry(directory, name);
  await directory.sync();
}

/** Removes an entry of an open directory, a tree or not; absent is success. Not durable. Else as {@link removeTree}. */
export async function removeEntry(directory: DirectoryHandle, name: Buffer): Promise<void> {
  for (let left = ROUNDS; ; left -= 1) {
    try {
      if (await removeFile(directory, name)) return;
      await removeDirectory(directory, name);
      return;
    } catch (error) {
      if (left <= 1 || !isChange(error)) throw error;
    }
  }
}

/** Somebody put entries in, moved a directory, or swapped it for something else. */
function isChange(error: unknown): boolean {
  return hasCode(error, 'Conflict', 'Refused') || ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCode(error) ?? '');
}

/** @returns false where it is a directory. */
async function removeFile(directory: DirectoryHandle, name: Buffer): Promise<boolean> {
  const removed = unlink(directory.pathOf(name)).then(() => true);
  return await orElse(removed, ['EISDIR', 'ENOENT'], (error) => systemCode(error) === 'ENOENT');
}

async function removeDirectory(directory: DirectoryHandle, name: Buffer): Promise<void> {
  const start = await openOurs(directory, name);
  if (start === undefined) return;
  await closing(await Descent.from(start), clear);
  await rmdirAt(directory, name);
}

/** Removes everything below the current directory: its files first, then one directory after the other, to the bottom. */
async function clear(descent: Descent): Promise<void> {
  const levels = [await removeFiles(descent.current)];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = level.pop();
    if (name === undefined) {
      levels.pop();
      if (levels.length > 0) await leaveAndRemove(descent);
      continue;
    }
    const below = await openOurs(descent.current, name);
    if (below === undefined) continue;
    await descent.take(below, name);
    levels.push(await removeFiles(descent.current));
  }
}

async function leaveAndRemove(descent: Descent): Promise<void> {
  const name = await descent.leave();
  await rmdirAt(descent.current, name);
}

/** @returns the names of the directories, which stay. */
async function removeFiles(directory: DirectoryHandle): Promise<Buffer[]> {
  const names = await directory.entries();
  const directories: Buffer[] = [];
  for (let start = 0; start < names.length; start += BATCH) {
    const work = names.slice(start, start + BATCH).map(async (name) => {
      if (!(await removeFile(directory, name))) directories.push(name);
    });
    for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
  }
  return directories;
}

async function rmdirAt(directory: DirectoryHandle, name: Buffer): Promise<void> {
  await orNothing(rmdir(directory.pathOf(name)), 'ENOENT');
}

/** Opens a directory and gives its owner all rights, without which it can be neither read nor emptied. */
async function openOurs(directory: DirectoryHandle, name: Buffer): Promise<DirectoryHandle | undefined> {
  const handle = await orElse(directory.openDirectory(name), 'EACCES', async () => {
    await grantOwner(directory.pathOf(name));
    return await directory.openDirectory(name);
  });
  await handle?.makeOurs();
  return handle;
}

/** Linux: a handle that needs no right to read. */
const O_PATH = 0o10000000;

/** Of a directory that cannot even be opened for reading; a link in its place is not followed. */
async function grantOwner(path: Buffer): Promise<void> {
  const handle = await open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  await closing(handle, ({ fd }) => chmod(`/proc/self/fd/${fd}`, 0o700));
}
