import type { Dirent } from 'node:fs';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { smallFiles } from '../fs/small-files.ts';
import { TEMP_PREFIX } from '../fs/temp-name.ts';
import { giveWay } from '../give-way.ts';

/** What durable writes and projections call their temp files: the prefix, the file's name, six random bytes. */
const TEMP = new RegExp(`^${TEMP_PREFIX.replace('.', '\\.')}.+-[0-9a-f]{12}$`);
/** Those among people's files that surely are ours. */
const OWN_AMONG_SPECS = new RegExp(
  `^${TEMP_PREFIX.replace('.', '\\.')}(?:.+\\.status\\.yaml|\\.cc-ci-instance|\\.gitignore)-[0-9a-f]{12}$`,
);
/** Directories that are listed in one go. */
const AT_ONCE = 32;
/** A living writer renames its temp file within this time, milliseconds. */
const OLD_MS = 600_000;

/** Where the controller alone writes, and how many directories deep; volumes and checkouts lie deeper. */
const OWN_PLACES: readonly [string, number][] = [
  ['', 0],
  ['objects', 2],
  ['claims', 0],
  ['alerts', 1],
  ['ports', 0],
  ['canonicals', 1],
  ['warm', 1],
  ['runs', 1],
  ['apps', 2],
  ['forge', 2],
];
/** Where `ccctl` writes too. */
const SHARED_PLACES = ['requests', 'specs'];

export interface TempSweepOptions {
  stateDirectory: string;
  /** Directories of spec files; below them nothing is looked at. */
  specDirectories: readonly string[];
  /** Wall clock, milliseconds. */
  now: number;
  /** `Start`: nothing of this process is being written just now. */
  when: 'Start' | 'Later';
}

/**
 * Removes the temp files of writers that were killed; follows no link and removes no directory.
 * @returns what was removed. @throws system errors as they are.
 */
export async function sweepTemps({ stateDirectory, specDirectories, now, when }: TempSweepOptions): Promise<string[]> {
  const ownBefore = when === 'Start' ? Number.POSITIVE_INFINITY : now - OLD_MS;
  const removed: string[] = [];
  const own: Sweep = { entries: ownEntries(), depth: 0, pattern: TEMP, before: ownBefore };
  const shared: Sweep = { entries: entriesOf, depth: 0, pattern: TEMP, before: now - OLD_MS };
  for (const [place, depth] of OWN_PLACES)
    removed.push(...(await sweep(join(stateDirectory, place), { ...own, depth })));
  for (const app of await entriesOf(join(stateDirectory, 'apps'))) {
    const services = join(stateDirectory, 'apps', app.name, 'services'); // their supervisors write there too
    removed.push(...(await sweep(services, { ...shared, depth: 1 })));
  }
  for (const place of SHARED_PLACES) removed.push(...(await sweep(join(stateDirectory, place), shared)));
  for (const directory of new Set(specDirectories))
    removed.push(...(await sweep(directory, { ...shared, pattern: OWN_AMONG_SPECS })));
  return removed;
}

interface Sweep {
  entries: Entries;
  depth: number;
  pattern: RegExp;
  /** Milliseconds since the epoch: what was written later stays. */
  before: number;
}

async function sweep(directory: string, { entries, depth, pattern, before }: Sweep): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await entries(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && depth > 0)
      removed.push(...(await sweep(path, { entries, depth: depth - 1, pattern, before })));
    if (entry.isFile() && pattern.test(entry.name) && (await removeIfOlder(path, before))) removed.push(path);
  }
  return removed;
}

async function removeIfOlder(path: string, before: number): Promise<boolean> {
  const stats = await orNothing(lstat(path), 'ENOENT');
  if (stats === undefined || stats.mtimeMs > before) return false;
  const gone = unlink(path).then(() => true);
  return (await orNothing(gone, 'ENOENT')) ?? false;
}

/** What is in a directory; nothing where that is not there. */
type Entries = (directory: string) => Promise<Dirent[]>;

/** Of a directory in which others write, too: there is no telling how long it takes to list. */
async function entriesOf(directory: string): Promise<Dirent[]> {
  return (await orNothing(readdir(directory, { withFileTypes: true }), 'ENOENT', 'ENOTDIR')) ?? [];
}

/** Of small directories that are ours alone, each at once: the way through the thread pool costs several times the call. */
function ownEntries(): Entries {
  let count = 0;
  return async (directory) => {
    count += 1;
    if (count % AT_ONCE === 0) await giveWay();
    return (await orNothing(smallFiles.entries(directory), 'ENOTDIR')) ?? [];
  };
}
