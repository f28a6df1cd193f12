import type { BigIntStats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { CcError } from '../errors.ts';
import type { TreePlace } from './beneath.ts';
import { closing } from './closing.ts';
import { throwIfAborted } from './coreutils.ts';
import { Descent } from './descent.ts';
import type { DirectoryCalls } from './directory-calls.ts';
import { DirectoryHandle } from './directory-handle.ts';
import { shortPlace } from './join-inside.ts';

/** One entry of a tree. Names are bytes: they need not be UTF-8. */
export interface TreeEntry {
  /** Relative to the root, `/` between parts; empty for the root itself. */
  path: Buffer;
  stats: BigIntStats;
}

/** An entry while the directory that holds it is open. */
export interface OpenEntry extends TreeEntry {
  directory: DirectoryHandle;
  name: Buffer;
}

export interface WalkOptions<Seen> {
  signal: AbortSignal;
  /** Called for 16 siblings at a time, before they are given in order; the only time to read an entry. */
  look: (entry: OpenEntry) => Promise<Seen>;
}

/** Entries that are read at the same time. */
const AT_ONCE = 16;
const SLASH = Buffer.from('/');

interface Found<Seen> {
  entry: OpenEntry;
  seen: Seen;
}

/** A directory under way: what is left of its names, and of the siblings that were looked at together. */
interface Level<Seen> {
  path: Buffer;
  names: Buffer[];
  next: number;
  found: Found<Seen>[];
}

/**
 * Every entry below and including the root (a file, a link or a directory), parents before children, names in byte
 * order, each with what `look` saw. Never follows a link; of any depth, with a bounded number of open directories.
 * @throws CcError `Aborted`; `Conflict` where an entry vanishes or moves meanwhile; system errors as they are.
 */
export async function* walkTree<Seen>(
  root: TreePlace,
  options: WalkOptions<Seen>,
): AsyncGenerator<TreeEntry & { seen: Seen }> {
  const name = Buffer.from(root.name);
  const [top] = await lookAt({ directory: root.directory, names: [name], pathOf: () => Buffer.alloc(0) }, options);
  if (top === undefined) return;
  yield given(top);
  if (!top.entry.stats.isDirectory()) return;
  const start = (await root.directory.openDirectory(name)) ?? vanished(root.directory, name);
  const descent = await Descent.from(start);
  try {
    yield* walkBelow(descent, options);
  } finally {
    await descent.close();
  }
}

async function* walkBelow<Seen>(
  descent: Descent,
  options: WalkOptions<Seen>,
): AsyncGenerator<TreeEntry & { seen: Seen }> {
  const levels: Level<Seen>[] = [await levelOf(descent, Buffer.alloc(0))];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    throwIfAborted(options.signal);
    const one = level.found.shift() ?? (await nextFound(level, descent, options));
    if (one === undefined) {
      levels.pop();
      if (levels.length > 0) await descent.leave();
      continue;
    }
    yield given(one);
    if (!one.entry.stats.isDirectory()) continue;
    if (!(await descent.enter(one.entry.name))) vanished(descent.current, one.entry.name);
    levels.push(await levelOf(descent, one.entry.path));
  }
}

async function levelOf<Seen>(descent: Descent, path: Buffer): Promise<Level<Seen>> {
  return { path, names: await descent.current.entries(), next: 0, found: [] };
}

async function nextFound<Seen>(
  level: Level<Seen>,
  descent: Descent,
  options: WalkOptions<Seen>,
): Promise<Found<Seen> | undefined> {
  await descent.current.giveWay();
  const names = level.names.slice(level.next, level.next + AT_ONCE);
  level.next += names.length;
  const parent = level.path.length === 0 ? level.path : Buffer.concat([level.path, SLASH]);
  const pathOf = (name: Buffer): Buffer => Buffer.concat([parent, name]);
  level.found = await lookAt({ directory: descent.current, names, pathOf }, options);
  return level.found.shift();
}

interface Siblings {
  directory: DirectoryHandle;
  names: readonly Buffer[];
  pathOf: (name: Buffer) => Buffer;
}

/** All in order, or the first error; either way nothing goes on in the background. */
async function lookAt<Seen>(siblings: Siblings, options: WalkOptions<Seen>): Promise<Found<Seen>[]> {
  const { directory, names, pathOf } = siblings;
  const work = names.map(async (name): Promise<Found<Seen>> => {
    const stats = (await directory.lstat(name)) ?? vanished(directory, name);
    const entry = { path: pathOf(name), stats, directory, name };
    return { entry, seen: await options.look(entry) };
  });
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function given<Seen>({ entry: { path, stats }, seen }: Found<Seen>): TreeEntry & { seen: Seen } {
  return { path, stats, seen };
}

/** @throws CcError `Conflict` that says so. */
export function vanished(directory: DirectoryHandle, name: Buffer): never {
  throw new CcError('Conflict', `${shortPlace(directory.whereOf(name))} vanished while the tree was read`, {
    remedy: 'Something still changes the tree: see that the app is undeployed.',
  });
}

/**
 * Does something with a file or tree of ours by the open directory that holds it; links on the way to that are followed.
 * @throws CcError `DataMissing` where that directory is absent.
 */
export async function atPlace<T>(
  path: string,
  work: (place: TreePlace) => Promise<T>,
  calls?: DirectoryCalls,
): Promise<T> {
  const directory = await DirectoryHandle.open(dirname(path), calls);
  if (directory === undefined) throw new CcError('DataMissing', `${dirname(path)} does not exist`);
  return await closing(directory, () => work({ directory, name: basename(path) }));
}
