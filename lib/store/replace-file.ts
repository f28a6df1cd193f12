import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tempName } from '../fs/temp-name.ts';

/** Tells one content of a file from the next: every replacement is a new inode. */
export interface FileSignature {
  mtimeMs: number;
  size: number;
  ino: number;
}

/**
 * Replaces `path` atomically but without fsync: for projections, which are made again when they are lost. The calls are
 * synchronous on purpose: these files are small and many, and a round trip through the thread pool costs more than they
 * do. The directory is not created: that of a spec which is gone must stay gone. @throws system errors as they are.
 */
export async function replaceFile(path: string, text: string): Promise<FileSignature> {
  const temp = join(dirname(path), tempName(path));
  try {
    writeFileSync(temp, text, { flag: 'wx' });
    const { mtimeMs, size, ino } = statSync(temp);
    renameSync(temp, path);
    return { mtimeMs, size, ino };
  } catch (error) {
    rmSync(temp, { force: true });
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
