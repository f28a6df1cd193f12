import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TEMP_PREFIX } from '../fs/durable.ts';

/** Tells one content of a file from the next: every replacement is a new inode. */
export interface FileSignature {
  mtimeMs: number;
  size: number;
  ino: number;
}

/**
 * Replaces `path` atomically but without fsync: for projections, which are made again when they are lost.
 * @throws system errors as they are.
 */
export async function replaceFile(path: string, text: string): Promise<FileSignature> {
  const temp = join(dirname(path), `${TEMP_PREFIX}${basename(path).slice(0, 100)}-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temp, text, { flag: 'wx' });
    const signature = await signatureAt(temp);
    await rename(temp, path);
    return signature;
  } catch (error) {
    await rm(temp, { force: true }).catch(() => {});
    throw error;
  }
}

/** The signature of the file at `path`; rejects where there is none. */
export async function signatureAt(path: string): Promise<FileSignature> {
  const { mtimeMs, size, ino } = await stat(path);
  return { mtimeMs, size, ino };
}

/** True where both name the same content. */
export function sameSignature(a: FileSignature | undefined, b: FileSignature | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}
