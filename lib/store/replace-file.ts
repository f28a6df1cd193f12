import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { orNothingNow } from '../errors.ts';
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
    return signatureOf(fstatSync(file));
  } finally {
    closeSync(file);
  }
}

/** A page of memory: so much is written in one step, of which a reader sees nothing or all. */
const ONE_STEP_BYTES = 4096;

/**
 * Creates `path` where it lies, without a temp file and a rename: for projections, as {@link replaceFile}. Who reads it in
 * the moment between the two steps finds an empty file, never a part of the text; so does who comes after a kill there.
 * @returns undefined where something lies there, or the text is too long for one step: nothing was written then.
 */
export async function createFile(path: string, text: string): Promise<FileSignature | undefined> {
  return createIn(dirname(path), basename(path), text);
}

/** A file that is written only in a directory of which `mayWrite` holds. */
export interface GuardedFile {
  path: string;
  text: string;
  /** Asked once the directory is open: another one that takes its place from then on is not written into. */
  mayWrite: () => boolean;
}

/** As {@link replaceFile}. @returns undefined where it may not be written, and nothing was. */
export async function replaceGuardedFile({ path, text, mayWrite }: GuardedFile): Promise<FileSignature | undefined> {
  return whereHeld(path, (held, name) => (mayWrite() ? replaceIn(held, name, text) : undefined));
}

/** As {@link createFile}. @returns undefined also where it may not be written, and nothing was. */
export async function createGuardedFile({ path, text, mayWrite }: GuardedFile): Promise<FileSignature | undefined> {
  return whereHeld(path, (held, name) => (mayWrite() ? createIn(held, name, text) : undefined));
}

/** @param write gets the directory of `path` by its open handle, and the name in it. */
function whereHeld<T>(path: string, write: (held: string, name: string) => T): T {
  const directory = dirname(path);
  const handle = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  const held = `/proc/self/fd/${handle}`;
  try {
    return write(held, basename(path));
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
    const signature = signatureOf(statSync(temp));
    renameSync(temp, join(directory, name));
    return signature;
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
}

function createIn(directory: string, name: string, text: string): FileSignature | undefined {
  const bytes = Buffer.from(text);
  if (bytes.length > ONE_STEP_BYTES) return undefined;
  const path = join(directory, name);
  const handle = orNothingNow(() => openSync(path, 'wx'), 'EEXIST');
  if (handle === undefined) return undefined;
  try {
    writeFileSync(handle, bytes);
    return signatureOf(fstatSync(handle));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}

function signatureOf({ mtimeMs, size, ino }: Stats): FileSignature {
  return { mtimeMs, size, ino };
}

/** The signature of the file at `path`, looked up at once; undefined where it cannot be told. For projections. */
export function signatureNow(path: string): FileSignature | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && signatureOf(stats);
  } catch {
    return undefined;
  }
}

/** The signature of the file at `path`; rejects where there is none. */
export async function signatureAt(path: string): Promise<FileSignature> {
  return signatureOf(statSync(path));
}
