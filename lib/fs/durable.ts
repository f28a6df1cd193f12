import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CcError, orElse, orNothing } from '../errors.ts';
import { SharedTurns } from '../shared-turns.ts';
import { closing } from './closing.ts';
import type { Coreutils } from './coreutils.ts';
import { translateNoSpace } from './no-space.ts';
import { openIn, smallFiles } from './small-files.ts';
import { tempName } from './temp-name.ts';

export { readJson, readJsonOrNothing, WRONG_SORT } from './read-json.ts';

export interface WriteOptions {
  /** Permission bits of the new file; default 0o644. */
  mode?: number;
  /** Whose the new file is; default: of who writes. Only root gives files to others. */
  owner?: { uid: number; gid: number };
  /** `MustExist`: a directory that is missing is an error instead of made. Default `Create`. */
  directory?: 'Create' | 'MustExist';
}

/**
 * Replaces `path` so that a crash leaves the old or the new content, never a part: temp file, fsync, rename, fsync of
 * the directory. The directory is created when it is missing.
 * @throws CcError `NoSpace` when the disk is full; other system errors as they are.
 */
export async function writeFileDurable(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const temp = await writeTemp(path, data, options);
  try {
    await smallFiles.rename(temp, path);
  } catch (error) {
    await smallFiles.rm(temp);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Creates `path` with the whole content, or reports that it exists: exclusive and durable.
 * @throws CcError `Conflict` when the file exists.
 */
export async function createFileDurable(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const temp = await writeTemp(path, data, options);
  try {
    await orElse(smallFiles.link(temp, path), 'EEXIST', (cause) => {
      throw new CcError('Conflict', `${path} exists already`, { cause });
    });
  } finally {
    await smallFiles.rm(temp);
  }
  await syncDirectory(dirname(path));
}

/** {@link writeFileDurable} of a value as JSON with a final newline. */
export async function writeJsonDurable(path: string, value: unknown, options: WriteOptions = {}): Promise<void> {
  await writeFileDurable(path, `${JSON.stringify(value, null, 1)}\n`, options);
}

/** Renames and makes it durable in both directories. */
export async function renameDurable(from: string, to: string): Promise<void> {
  // What is moved may be somebody else's, on a file system that does not answer.
  await rename(from, to);
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
}

/**
 * fsync of a directory, so that renames and creations in it survive a power cut; a missing one is ignored. Those who ask
 * while one is under way share the one after it, which begins after what they did.
 */
export function syncDirectory(path: string): Promise<void> {
  return directorySyncs.run(path, async () => {
    await closing(await orNothing(smallFiles.open(path, 'r'), 'ENOENT'), (handle) => handle.sync());
  });
}

const directorySyncs = new SharedTurns();

/**
 * A new file beside `path` with that content, to be renamed to it. Of one that is not synchronised (`sync: 'Not'`) a power cut may
 * leave nothing after that. @returns its path. @throws as {@link writeFileDurable}; nothing is left then.
 */
export async function writeTemp(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions & { sync?: 'Content' | 'Not' },
): Promise<string> {
  const temp = join(dirname(path), tempName(path));
  const { mode = 0o644, directory = 'Create', owner, sync = 'Content' } = options;
  try {
    const open = directory === 'MustExist' ? smallFiles.open : openIn;
    await closing(await open(temp, 'wx', mode), async (handle) => {
      await handle.writeFile(data);
      if (owner !== undefined) await handle.chown(owner);
      if (sync === 'Content') await handle.sync();
    });
  } catch (error) {
    await smallFiles.rm(temp);
    throw translateNoSpace(error, `writing ${path}`);
  }
  return temp;
}

/**
 * Returns once everything written to the file system that holds `path` is on the disk (coreutils `sync -f`, syncfs):
 * one call instead of one fsync per copied file. Idempotent.
 * @throws CcError as `runCoreutil`, which is loaded here: who only writes files needs nothing that starts a child.
 */
export async function syncTree(path: string, tools: Coreutils): Promise<void> {
  const { runCoreutil } = await import('./coreutils.ts');
  await runCoreutil(tools, ['sync', '-f', '--', path]);
}
