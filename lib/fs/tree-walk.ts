import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { throwIfAborted } from './coreutils.ts';

/** One entry of a tree. Names are bytes: they need not be UTF-8. */
export interface TreeEntry {
  /** Relative to the root, `/` between parts; empty for the root itself. */
  path: Buffer;
  /** The root's path and `path`, for calls to the system. */
  fullPath: Buffer;
  stats: BigIntStats;
}

const SLASH = Buffer.from('/');
const BATCH = 64;

/**
 * Every entry below and including `root` (a file, a link or a directory), parents before children, names in byte
 * order. Never follows a link, never opens a file.
 * @throws CcError `Aborted`; system errors as they are.
 */
export async function* walkTree(root: string, signal: AbortSignal): AsyncGenerator<TreeEntry> {
  const fullPath = Buffer.from(root);
  const entry = { path: Buffer.alloc(0), fullPath, stats: await lstat(fullPath, { bigint: true }) };
  yield entry;
  if (entry.stats.isDirectory()) yield* walkBelow(entry, signal);
}

async function* walkBelow(directory: TreeEntry, signal: AbortSignal): AsyncGenerator<TreeEntry> {
  const names = await readdir(directory.fullPath, { encoding: 'buffer' });
  names.sort(Buffer.compare);
  for (let start = 0; start < names.length; start += BATCH) {
    throwIfAborted(signal);
    const batch = names.slice(start, start + BATCH).map((name) => readEntry(directory, name));
    for (const entry of await Promise.all(batch)) {
      yield entry;
      if (entry.stats.isDirectory()) yield* walkBelow(entry, signal);
    }
  }
}

async function readEntry(directory: TreeEntry, name: Buffer): Promise<TreeEntry> {
  const path = directory.path.length === 0 ? name : Buffer.concat([directory.path, SLASH, name]);
  const fullPath = Buffer.concat([directory.fullPath, SLASH, name]);
  return { path, fullPath, stats: await lstat(fullPath, { bigint: true }) };
}
