import type { Dirent } from 'node:fs';
import { copyFile, mkdir, readdir, readlink, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../../errors.ts';
import { syncDirectory } from '../../fs/durable.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { TEMP_PREFIX } from '../../fs/temp-name.ts';

/** Directories whose files are kept, how many directories deep, and which of them; default: all. */
interface Place {
  path: string;
  depth: number;
  only?: RegExp;
}

/**
 * Files that say what is so. Not kept is what is large or can be had again:
 * data of apps, their checkouts and secrets, snapshots, artifacts, mirrors, pages.
 */
const PLACES: readonly Place[] = [
  { path: '', depth: 0, only: /\.json$|^records\.jsonl$/ },
  { path: 'objects', depth: 2 },
  ...['claims', 'ports', 'specs'].map((path) => ({ path, depth: 0 })),
  ...['alerts', 'requests'].map((path) => ({ path, depth: 1 })),
  { path: 'forge', depth: 3 },
  ...['canonicals', 'warm'].map((path) => ({ path, depth: 1 })),
  ...['canonicals', 'warm'].map((path) => ({ path, depth: 3, only: /^(manifest|aside)\.json$/ })),
  ...['apps', 'runs'].map((path) => ({ path, depth: 1, only: /\.json$/ })),
];

/** Where the files of a format are kept once there is a newer one. Pure. */
export function keptBefore(stateDirectory: string, format: number): string {
  return join(stateDirectory, `before-format-${format}`);
}

export interface KeepOptions {
  stateDirectory: string;
  format: number;
  /** Everything below is on the disk once it resolves. */
  sync: (path: string) => Promise<void>;
}

/**
 * Copies the files of a state directory that say what is so to {@link keptBefore}, whole or not at all; a copy of an earlier
 * time is replaced. Readable by the owner only. @returns how many files. @throws system errors; nothing is left then.
 */
export async function keepBefore({ stateDirectory, format, sync }: KeepOptions): Promise<number> {
  const target = keptBefore(stateDirectory, format);
  const made = join(stateDirectory, `${TEMP_PREFIX}before-format-${format}`);
  await removeTree(made);
  try {
    await mkdir(made, { mode: 0o700 });
    let files = 0;
    for (const { path, ...place } of PLACES)
      files += await copyFiles(join(stateDirectory, path), join(made, path), place);
    await sync(made);
    await removeTree(target);
    await rename(made, target);
    await syncDirectory(stateDirectory);
    return files;
  } catch (error) {
    await removeTree(made);
    throw error;
  }
}

async function copyFiles(from: string, to: string, { depth, only }: Omit<Place, 'path'>): Promise<number> {
  let files = 0;
  for (const entry of await entriesOf(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && depth > 0)
      files += await copyFiles(source, target, { depth: depth - 1, ...(only && { only }) });
    if (entry.isDirectory() || only?.test(entry.name) === false || entry.name.startsWith(TEMP_PREFIX)) continue;
    await mkdir(to, { recursive: true, mode: 0o700 });
    files += await copyEntry(entry, source, target);
  }
  return files;
}

/** Files and links; sockets and the like say nothing. */
async function copyEntry(entry: Dirent, source: string, target: string): Promise<number> {
  if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
  else if (entry.isFile()) await copyFile(source, target);
  else return 0;
  return 1;
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  return (await orNothing(readdir(directory, { withFileTypes: true }), 'ENOENT', 'ENOTDIR')) ?? [];
}
