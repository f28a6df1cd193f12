import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { orNothing } from '../errors.ts';
import { closing } from '../fs/closing.ts';
import { syncDirectory } from '../fs/durable.ts';
import { translateNoSpace } from '../fs/no-space.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { tempName } from '../fs/temp-name.ts';
import { replaceFile } from '../store/replace-file.ts';
import { statusFileOf } from '../store/state-paths.ts';
import type { SetFile } from './spec-set.ts';

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;

/**
 * Makes `path` a writable copy of the files. It has its name once all of it is on the disk, and never before. Status files
 * of `before`, the generation in force, are carried over for the specs that stay: who reads them sees no gap.
 * @throws CcError `NoSpace`; other system errors as they are. Nothing is left then.
 */
export async function writeGeneration(
  path: string,
  files: readonly SetFile[],
  before: string | undefined,
): Promise<void> {
  const temp = join(dirname(path), tempName(basename(path)));
  try {
    await mkdir(temp, { mode: DIRECTORY_MODE });
    const directories = new Set([temp]);
    for (const file of files) {
      for (const directory of await copyInto(temp, file)) directories.add(directory);
      if (before !== undefined) await carryStatus(join(before, file.path), join(temp, file.path));
    }
    for (const directory of directories) await syncDirectory(directory);
    await rename(temp, path);
  } catch (error) {
    await removeTree(temp);
    throw translateNoSpace(error, `writing ${path}`);
  }
  await syncDirectory(dirname(path));
}

/** @returns the directories that the file lies in. */
async function copyInto(root: string, { path, from, isExecutable }: SetFile): Promise<string[]> {
  const to = join(root, path);
  await mkdir(dirname(to), { recursive: true, mode: DIRECTORY_MODE });
  await copyFile(from, to, constants.COPYFILE_EXCL);
  await chmod(to, isExecutable ? PROGRAM_MODE : FILE_MODE);
  await closing(await open(to, 'r'), (handle) => handle.sync());
  const above: string[] = [];
  for (let at = dirname(to); at !== root; at = dirname(at)) above.push(at);
  return above;
}

/** A projection: one that the controller writes at the same moment is written again by it. */
async function carryStatus(from: string, to: string): Promise<void> {
  const text = await orNothing(readFile(statusFileOf(from), 'utf8'), 'ENOENT', 'ENOTDIR');
  if (text !== undefined) await replaceFile(statusFileOf(to), text);
}
