import type { FileHandle } from 'node:fs/promises';
import { CcError } from '../errors.ts';
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
  const file = await openFileBeneath(root, path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const { maxBytes } = options;
    if (maxBytes === undefined || size <= maxBytes) return await readWhole(file, size);
    throw new CcError('Refused', `${path} in ${root} has ${size} bytes, more than ${maxBytes}`);
  } finally {
    await file.close();
  }
}

/**
 * Opens a regular file below `root` for reading, as {@link readFileBeneath} does; to be closed by the caller.
 * @returns undefined where it, or a directory on the way, is absent. @throws CcError `Refused`.
 */
export async function openFileBeneath(root: string, path: string): Promise<FileHandle | undefined> {
  const parts = partsOf(root, path);
  const name = parts.pop();
  if (name === undefined) throw new CcError('Refused', `"${path}" names no file in ${root}`);
  const directory = await openParts(root, parts);
  if (directory === undefined) return undefined;
  try {
    return await directory.openFile(name);
  } finally {
    await directory.close();
  }
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

async function openParts(root: string, parts: readonly string[]): Promise<DirectoryHandle | undefined> {
  let directory = await DirectoryHandle.open(root);
  for (const part of parts) {
    if (directory === undefined) return undefined;
    const parent: DirectoryHandle = directory;
    try {
      directory = await parent.openDirectory(part);
    } finally {
      await parent.close();
    }
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
