import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { CcError } from '../errors.ts';
import type { TreePlace } from './beneath.ts';
import { closing } from './closing.ts';
import { throwIfAborted } from './coreutils.ts';
import { shortPlace } from './join-inside.ts';
import type { Pace } from './pace.ts';
import { type EntryFacts, type EntryType, quoted, type TreeDigest, TreeLines } from './tree-lines.ts';
import { atPlace, type OpenEntry, type TreeEntry, vanished, walkTree } from './tree-walk.ts';

export type { TreeDigest };

const CHUNK = 1024 * 1024;

/**
 * Digest of a file, link or directory tree. Covered: the names' bytes, types, permission bits, owners, contents, link
 * targets, device numbers, and which names are hard links of one file. Not covered: times, extended attributes, how
 * holes are stored, sockets. Reads in pieces and never blocks the event loop longer than one piece. Follows no link; the
 * directory that holds a tree named by its path is ours.
 * @param pace Awaited after each piece; default: as fast as it goes.
 * @throws CcError `Aborted`; `DataMissing` (nothing there); `Conflict`, `Refused` (it changes meanwhile); system errors.
 */
export async function treeDigest(
  root: string | TreePlace,
  signal: AbortSignal,
  pace: Pace = unhurried,
): Promise<TreeDigest> {
  const reading = { signal, pace };
  return typeof root === 'string'
    ? await atPlace(root, (place) => digestOf(place, reading))
    : await digestOf(root, reading);
}

const unhurried: Pace = async () => {};

interface Reading {
  signal: AbortSignal;
  pace: Pace;
}

async function digestOf(root: TreePlace, reading: Reading): Promise<TreeDigest> {
  const lines = new TreeLines();
  const linked = new Map<string, Buffer>();
  const read = new Map<string, Promise<string>>();
  const look = (entry: OpenEntry): Promise<string> => content(entry, read, reading);
  for await (const entry of walkTree(root, { signal: reading.signal, look })) addEntry(lines, linked, entry);
  return lines.end();
}

/** @param linked Device and inode of hard-linked files → the first of their names. */
function addEntry(lines: TreeLines, linked: Map<string, Buffer>, entry: TreeEntry & { seen: string }): void {
  const { path, stats, seen } = entry;
  const facts = factsOf(entry);
  const first = stats.nlink > 1n ? linked.get(inodeOf(stats)) : undefined;
  if (stats.isSocket()) lines.socket(path);
  else if (!stats.isFile()) lines.other(facts, seen);
  else if (first !== undefined) lines.sameFile(facts, first);
  else lines.file(facts, seen, Number(stats.size));
  if (stats.isFile() && stats.nlink > 1n && first === undefined) linked.set(inodeOf(stats), path);
}

function factsOf({ path, stats }: TreeEntry): EntryFacts {
  return { path, type: typeOf(stats), mode: Number(stats.mode) & 0o7777, uid: stats.uid, gid: stats.gid };
}

function typeOf(stats: BigIntStats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  return stats.isBlockDevice() ? 'block' : 'character';
}

function inodeOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** What an entry says besides its facts: a file its digest, a link its target, a device its number. */
async function content(entry: OpenEntry, read: Map<string, Promise<string>>, reading: Reading): Promise<string> {
  const { stats, directory, name } = entry;
  if (stats.isSymbolicLink()) return quoted((await directory.readlink(name)) ?? vanished(directory, name));
  if (!stats.isFile()) return stats.isBlockDevice() || stats.isCharacterDevice() ? String(stats.rdev) : '';
  if (stats.nlink === 1n) return await contentDigest(entry, reading);
  const shared = read.get(inodeOf(stats)) ?? contentDigest(entry, reading);
  read.set(inodeOf(stats), shared);
  return await shared;
}

/** Reads no more than the file had when it was listed: something without an end may have taken its place. */
async function contentDigest({ directory, name, stats }: OpenEntry, { signal, pace }: Reading): Promise<string> {
  throwIfAborted(signal);
  const hash = createHash('sha256');
  const handle = (await directory.openAny(name)) ?? vanished(directory, name);
  return await closing(handle, async () => {
    // One byte more than there should be, so that the end of a small file shows in the first read.
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Number(stats.size) + 1));
    for (let left = Number(stats.size); left >= 0; ) {
      throwIfAborted(signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      hash.update(buffer.subarray(0, bytesRead));
      left -= bytesRead;
      await pace(bytesRead);
      if (bytesRead === 0 || (left === 0 && bytesRead < buffer.length)) return hash.digest('hex');
    }
    throw new CcError('Conflict', `${shortPlace(directory.whereOf(name))} grew while it was read`, {
      remedy: 'Something still writes to it: see that the app is undeployed.',
    });
  });
}
