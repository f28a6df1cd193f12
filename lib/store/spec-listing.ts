import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { explainError, systemCode } from '../errors.ts';
import { smallFiles } from '../fs/small-files.ts';
import { giveWay } from '../give-way.ts';
import { type FileStats, ListingMemory, type Place } from './listing-memory.ts';

export interface ListedFile {
  /** As found by walking down: the symlink, not its target. */
  path: string;
  /** Of the target. */
  stats: FileStats;
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
  /** The directories that were walked, each with its device and inode. */
  places: Map<string, string>;
  /** Others in which a change may change the listing, likewise: of the files that links name, and those that are left out. */
  targets: Map<string, string>;
  /** Links that were passed over: what they name may become a directory of specs, of which no directory here tells. */
  passedOver: number;
  failure?: { reason: 'DirectoryMissing' | 'DirectoryUnreadable'; message: string };
}

/** Entries that a walk looks at before others have their turn. */
const AT_ONCE = 100;

interface Walk extends SpecListing {
  memory: ListingMemory;
  now: () => number;
}

/**
 * All spec files at or below `directory`, through symlinks, sorted by path. Never throws: what cannot be read is the
 * listing's `failure`.
 * @param known what listings before this one saw, and the wall clock. Default: nothing, and every file is looked at.
 */
export async function listSpecFiles(
  directory: string,
  known: Pick<Walk, 'memory' | 'now'> = { memory: new ListingMemory(), now: () => 0 },
): Promise<SpecListing> {
  const nothing = { files: [], dangling: [], unread: [], places: new Map(), targets: new Map(), passedOver: 0 };
  const walk: Walk = { ...nothing, ...known };
  walk.memory.walk();
  await walkDirectory(directory, [], walk);
  if (walk.failure === undefined) walk.memory.end();
  for (const found of [walk.files, walk.unread]) found.sort((a, b) => (a.path < b.path ? -1 : 1));
  return walk;
}

async function walkDirectory(directory: string, above: readonly string[], walk: Walk): Promise<void> {
  let entries: Dirent[];
  let identity: string;
  try {
    const stats = await stat(directory);
    identity = `${stats.dev}:${stats.ino}`;
    if (above.includes(identity)) {
      walk.passedOver += 1;
      return;
    }
    entries = await entriesOf(directory, stats, walk);
  } catch (error) {
    // a subdirectory that was removed since the one above was read is absent
    if (above.length === 0 || systemCode(error) !== 'ENOENT') fail(walk, directory, error);
    return;
  }
  const isLeftOut = entries.some((entry) => entry.name === IGNORE_FILE);
  walk[isLeftOut ? 'targets' : 'places'].set(directory, identity);
  if (isLeftOut) return;
  const here = [...above, identity];
  const visits: Promise<void>[] = [];
  for (const [index, entry] of entries.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await giveWay();
    const path = join(directory, entry.name);
    if (!isKnown(entry, path, walk)) visits.push(visit(entry, path, here, walk));
  }
  await Promise.all(visits);
}

async function entriesOf(directory: string, stats: Stats, { memory, now }: Walk): Promise<Dirent[]> {
  const known = memory.entries(directory, stats);
  if (known !== undefined) return known;
  const nowMs = now();
  const all = await readdir(directory, { withFileTypes: true });
  const entries = all.filter((entry) => entry.name === IGNORE_FILE || mayMatter(entry));
  memory.keepEntries(directory, { stats, entries, nowMs });
  return entries;
}

function mayMatter(entry: Dirent): boolean {
  return isSpecFileName(entry.name) || (isSpecDirectoryName(entry.name) && !entry.isFile());
}

async function visit(entry: Dirent, path: string, above: readonly string[], walk: Walk): Promise<void> {
  const specFile = isSpecFileName(entry.name);
  const specDirectory = isSpecDirectoryName(entry.name) && !entry.isFile();
  if (!specFile && !specDirectory) return;
  if (entry.isDirectory()) {
    if (specFile) walk.unread.push({ path, message: DIRECTORY });
    return specDirectory ? walkDirectory(path, above, walk) : undefined;
  }
  const stats = await look(entry, path, walk);
  if (stats === undefined) return;
  if (specFile) await noteFile(entry, { path, stats }, walk);
  if (stats.isDirectory() && specDirectory) await walkDirectory(path, above, walk);
  else if (!specFile) walk.passedOver += 1;
}

/** Lists a file as it was, where it is not its turn to be looked at. What stands where a file was is looked at. */
function isKnown(entry: Dirent, path: string, walk: Walk): boolean {
  const known = entry.isFile() || entry.isSymbolicLink() ? walk.memory.file(path) : undefined;
  if (known !== undefined) keep(walk, { path, ...known });
  return known !== undefined;
}

/** Undefined where nothing is there, or that cannot be told. */
async function look(entry: Dirent, path: string, walk: Walk): Promise<Stats | undefined> {
  try {
    const stats = await smallFiles.stat(path);
    if (stats === undefined && entry.isSymbolicLink()) dangles(walk, path);
    return stats;
  } catch (error) {
    fail(walk, path, error);
    return undefined;
  }
}

async function noteFile(entry: Dirent, { path, stats }: { path: string; stats: Stats }, walk: Walk): Promise<void> {
  if (!stats.isFile()) {
    walk.unread.push({ path, message: stats.isDirectory() ? DIRECTORY : 'it is no regular file' });
    return;
  }
  const target = entry.isSymbolicLink() ? await targetPlace(path) : undefined;
  keep(walk, { path, ...walk.memory.keepFile(path, stats, target) });
}

const DIRECTORY = 'it is a directory, where a spec file is expected';

function dangles(walk: SpecListing, path: string): void {
  walk.dangling.push(path);
  if (isSpecFileName(basename(path))) walk.unread.push({ path, message: 'it is a link to what is not there' });
}

function keep({ files, targets }: Walk, { path, stats, target }: ListedFile & { target?: Place | undefined }): void {
  files.push({ path, stats });
  if (target !== undefined) targets.set(target.path, target.identity);
}

/** What a link names changes in another directory. Where that cannot be told, a hint is lost. */
async function targetPlace(link: string): Promise<Place | undefined> {
  try {
    const path = dirname(await realpath(link));
    const { dev, ino } = await stat(path);
    return { path, identity: `${dev}:${ino}` };
  } catch {
    return undefined;
  }
}

function fail(walk: Walk, path: string, error: unknown): void {
  const reason = systemCode(error) === 'ENOENT' ? 'DirectoryMissing' : 'DirectoryUnreadable';
  walk.failure ??= { reason, message: `${path} cannot be read: ${explainError(error)}` };
}

/** A directory that holds a file of this name is not read. */
const IGNORE_FILE = '.cc-ci-ignore';

const SPEC_EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/** What vi, Emacs, patch and friends leave beside the file they write. */
const DROPPINGS = /(?:~|\.sw[a-z]|\.tmp|\.orig|\.rej|\.bak)$|^#.*#$|^4913$/;

/** True where a file of this name is a spec file: right extension, no dotfile, no status file, no editor dropping. */
export function isSpecFileName(name: string): boolean {
  if (name.startsWith('.') || name.endsWith('.status.yaml')) return false;
  if (DROPPINGS.test(name)) return false;
  return SPEC_EXTENSIONS.has(extname(name));
}

/** True where a change of a file of that name, in a directory of specs, changes no listing: ours, and editors' droppings. */
export function isPassedOver(name: string): boolean {
  if (name === IGNORE_FILE || name.startsWith('..')) return false;
  return name.startsWith('.') || name.endsWith('.status.yaml') || DROPPINGS.test(name);
}

/** True where a directory of this name may hold spec files: no dotfile, no profile directory (`<spec>.ci`). */
export function isSpecDirectoryName(name: string): boolean {
  return !name.startsWith('.') && !name.endsWith('.ci');
}
