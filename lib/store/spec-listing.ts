import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { explainError, systemCode } from '../errors.ts';

export interface ListedFile {
  /** As found by walking down: the symlink, not its target. */
  path: string;
  /** Of the target. */
  stats: Stats;
}

/** A file that says nothing, and what to tell people of it. */
export interface UnreadFile {
  path: string;
  message: string;
}

/** One walk through a spec directory. `failure` set: it could not be read in full and nothing is concluded from gaps. */
export interface SpecListing {
  files: ListedFile[];
  /** Symlinks whose target is not there: of a spec file or of a directory of them. */
  dangling: string[];
  /** What bears the name of a spec file and cannot be one: dangling links, directories, pipes. */
  unread: UnreadFile[];
  failure?: { reason: 'DirectoryMissing' | 'DirectoryUnreadable'; message: string };
}

/**
 * All spec files at or below `directory`, through symlinks, sorted by path. Never throws: what cannot be read is the
 * listing's `failure`.
 */
export async function listSpecFiles(directory: string): Promise<SpecListing> {
  const walk: SpecListing = { files: [], dangling: [], unread: [] };
  await walkDirectory(directory, [], walk);
  for (const found of [walk.files, walk.unread]) found.sort((a, b) => (a.path < b.path ? -1 : 1));
  return walk;
}

async function walkDirectory(directory: string, above: readonly string[], walk: SpecListing): Promise<void> {
  let entries: Dirent[];
  let identity: string;
  try {
    const stats = await stat(directory);
    identity = `${stats.dev}:${stats.ino}`;
    if (above.includes(identity)) return;
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    // a subdirectory that was removed since the one above was read is absent
    if (above.length === 0 || systemCode(error) !== 'ENOENT') fail(walk, directory, error);
    return;
  }
  if (entries.some((entry) => entry.name === IGNORE_FILE)) return;
  await Promise.all(entries.map((entry) => visit(entry, join(directory, entry.name), [...above, identity], walk)));
}

async function visit(entry: Dirent, path: string, above: readonly string[], walk: SpecListing): Promise<void> {
  const specFile = isSpecFileName(entry.name);
  const specDirectory = isSpecDirectoryName(entry.name) && !entry.isFile();
  if (!specFile && !specDirectory) return;
  const stats = await statOf(entry, path, walk);
  if (stats === undefined) return;
  if (specFile) noteFile(path, stats, walk);
  if (stats.isDirectory() && specDirectory) await walkDirectory(path, above, walk);
}

/** Undefined where there is nothing, or nothing that can be told. */
async function statOf(entry: Dirent, path: string, walk: SpecListing): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') fail(walk, path, error);
    else if (entry.isSymbolicLink()) dangles(walk, path);
    return undefined;
  }
}

function noteFile(path: string, stats: Stats, walk: SpecListing): void {
  if (stats.isFile()) walk.files.push({ path, stats });
  else walk.unread.push({ path, message: stats.isDirectory() ? DIRECTORY : 'it is no regular file' });
}

const DIRECTORY = 'it is a directory, where a spec file is expected';

function dangles(walk: SpecListing, path: string): void {
  walk.dangling.push(path);
  if (isSpecFileName(basename(path))) walk.unread.push({ path, message: 'it is a link to what is not there' });
}

function fail(walk: SpecListing, path: string, error: unknown): void {
  const reason = systemCode(error) === 'ENOENT' ? 'DirectoryMissing' : 'DirectoryUnreadable';
  walk.failure ??= { reason, message: `${path} cannot be read: ${explainError(error)}` };
}

/** A directory that holds a file of this name is not read. */
const IGNORE_FILE = '.cc-ci-ignore';

const SPEC_EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/** What vi, Emacs, patch and friends leave beside the file they write. */
const DROPPINGS = [/~$/, /^#.*#$/, /\.sw[a-z]$/, /^4913$/, /\.tmp$/, /\.orig$/, /\.rej$/, /\.bak$/];

/** True where a file of this name is a spec file: right extension, no dotfile, no status file, no editor dropping. */
export function isSpecFileName(name: string): boolean {
  if (name.startsWith('.') || name.endsWith('.status.yaml')) return false;
  if (DROPPINGS.some((pattern) => pattern.test(name))) return false;
  return SPEC_EXTENSIONS.has(extname(name));
}

/** True where a directory of this name may hold spec files: no dotfile, no profile directory (`<spec>.ci`). */
export function isSpecDirectoryName(name: string): boolean {
  return !name.startsWith('.') && !name.endsWith('.ci');
}
