import { closeSync, constants, fstatSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { tempName } from '../fs/temp-name.ts';
import type { FileSignature } from './file-signature.ts';

export { type FileSignature, sameSignature } from './file-signature.ts';

/**
 * Replaces `path` atomically but without fsync: for projections, which are made again when they are lost. The calls are
 * synchronous on purpose: these files are small and many, and a round trip through the thread pool costs more than they
 * do. The directory is not created: that of a spec which is gone must stay gone. @throws system errors as they are.
 */
export async function replaceFile(path: string, text: string): Promise<FileSignature> {
  return replaceIn(dirname(path), basename(path), text);
}

/** As {@link replaceFile}, for a long file: nothing else of this process waits for more than one of its parts. */
export async function replaceLongFile(path: string, parts: AsyncIterable<string>): Promise<FileSignature> {
  const temp = join(dirname(path), tempName(basename(path)));
  try {
    const signature = await writeParts(temp, parts);
    renameSync(temp, path);
    return signature;
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
}

async function writeParts(path: string, parts: AsyncIterable<string>): Promise<FileSignature> {
  const file = openSync(path, 'wx');
  try {
    for await (const part of parts) writeFileSync(file, part);
    const { mtimeMs, size, ino } = fstatSync(file);
    return { mtimeMs, size, ino };
  } finally {
    closeSync(file);
  }
}

/** A file that is replaced only in a directory of which `mayWrite` holds. */
export interface GuardedFile {
  path: string;
  text: string;
  /** Asked once the directory is open: another one that takes its place from then on is not written into. */
  mayWrite: () => boolean;
}

/** As {@link replaceFile}. @returns undefined where it may not be written, and nothing was. */
export async function replaceGuardedFile({ path, text, mayWrite }: GuardedFile): Promise<FileSignature | undefined> {
  const directory = dirname(path);
  const handle = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  const held = `/proc/self/fd/${handle}`;
  try {
    return mayWrite() ? replaceIn(held, basename(path), text) : undefined;
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(held, directory);
    throw error;
  } finally {
    closeSync(handle);
  }
}

function replaceIn(directory: string, name: string, text: string): FileSignature {
  const temp = join(directory, tempName(name));
  try {
    writeFileSync(temp, text, { flag: 'wx' });
    const { mtimeMs, size, ino } = statSync(temp);
    renameSync(temp, join(directory, name));
    return { mtimeMs, size, ino };
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
}

/** The signature of the file at `path`, looked up at once; undefined where it cannot be told. For projections. */
export function signatureNow(path: string): FileSignature | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && { mtimeMs: stats.mtimeMs, size: stats.size, ino: stats.ino };
  } catch {
    return undefined;
  }
}

/** The signature of the file at `path`; rejects where there is none. */
export async function signatureAt(path: string): Promise<FileSignature> {
  const { mtimeMs, size, ino } = statSync(path);
  return { mtimeMs, size, ino };
}
