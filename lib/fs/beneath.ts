import type { FileHandle } from 'node:fs/promises';
import { CcError } from '../errors.ts';
import { closing } from './closing.ts';
import { DirectoryHandle } from './directory-handle.ts';

export interface ReadBeneathOptions {
  /** Refuses a larger file. Default: any size. */
  maxBytes?: number;
}

/**
 * The content of a regular file below `root`, which is ours; what lies below may be hostile: each component is opened
 * without following a link, the last one too, and a FIFO is not waited for. Reads as many bytes as it had when opened.
 * @returns undefined where it, or a directory on the way, is absent.
 * @throws CcError `Refused` naming the component that is a link, `..`, or no directory or regular file; for an absolute
 * path; for more than `maxBytes`. System errors as they are.
 */
export async function readFileBeneath(
  root: string,
  path: string,
  options: ReadBeneathOptions = {},
): Promise<Buffer | undefined> {
  const { maxBytes } = options;
  const found = await readStartBeneath(root, path, maxBytes ?? Number.POSITIVE_INFINITY);
  if (found === undefined || maxBytes === undefined || found.size <= maxBytes) return found?.start;
  throw new CcError('Refused', `${path} in ${root} has ${found.size} bytes, more than ${maxBytes}`);
}

/**
 * The first bytes of a regular file below `root`, at most so many, and its size; opened as {@link readFileBeneath} does.
 * @returns undefined where it, or a directory on the way, is absent. @throws CcError `Refused`.
 */
export async function readStartBeneath(
  root: string,
  path: string,
  bytes: number,
): Promise<{ start: Buffer; size: number } | undefined> {
  return await closing(await openFileBeneath(root, path), async (file) => {
    const { size } = await file.stat();
    return { start: await readWhole(file, Math.min(size, bytes)), size };
  });
}

/**
 * Opens a regular file below `root` for reading, as {@link readFileBeneath} does; to be closed by the caller.
 * @returns undefined where it, or a directory on the way, is absent. @throws CcError `Refused`.
 */
export async function openFileBeneath(root: string, path: string): Promise<FileHandle | undefined> {
  return await atPlaceBeneath(root, path, ({ directory, name }) => directory.openFile(name));
}

/** A file or tree by the open directory that holds it: what cannot be put elsewhere between two looks. */
export interface TreePlace {
  directory: DirectoryHandle;
  name: string;
}

export interface PlaceOptions {
  /** What happens where a directory on the way is absent; default: nothing is done. */
  absent?: 'Skip' | 'Make';
}

/**
 * Does something with the file or tree at `path` below `root` by the open directory that holds it; it need not exist.
 * @returns undefined where a directory on the way is absent. @throws CcError `Refused` as {@link readFileBeneath}.
 */
export async function atPlaceBeneath<T>(
  root: string,
  path: string,
  work: (place: TreePlace) => Promise<T>,
  options: PlaceOptions = {},
): Promise<T | undefined> {
  const parts = partsOf(root, path);
  const name = parts.pop();
  if (name === undefined) throw new CcError('Refused', `"${path}" names nothing in ${root}`);
  return await closing(await openParts(root, parts, options), (directory) => work({ directory, name }));
}

/**
 * Opens a directory below `root` component by component (`.`: `root` itself); to be closed by the caller.
 * @returns undefined where it, or one on the way, is absent. @throws CcError `Refused` as {@link readFileBeneath}.
 */
export async function openDirectoryBeneath(root: string, path: string): Promise<DirectoryHandle | undefined> {
  return await openParts(root, partsOf(root, path));
}

/**
 * The names that lead to `path`, without `.` and doubled slashes. Pure.
 * @throws CcError `Refused` for an absolute path and one with `..` or a NUL.
 */
export function partsOf(root: string, path: string): string[] {
  if (path.startsWith('/')) throw new CcError('Refused', `${path} is absolute: it must lie in ${root}`);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..') && !path.includes('\0')) return parts;
  throw new CcError('Refused', `${JSON.stringify(path)} must not hold ".." or NUL: it must lie in ${root}`);
}

async function openParts(
  root: string,
  parts: readonly string[],
  options: PlaceOptions = {},
): Promise<DirectoryHandle | undefined> {
  let directory = await DirectoryHandle.open(root);
  for (const part of parts) {
    directory = await closing(directory, async (parent) => {
      if (options.absent === 'Make') await parent.makeDirectory(part);
      return await parent.openDirectory(part);
    });
  }
  return directory;
}

async function readWhole(file: FileHandle, size: number): Promise<Buffer> {
  const content = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(content, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return content.subarray(0, length);
}
