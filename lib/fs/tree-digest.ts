import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { throwIfAborted } from './coreutils.ts';
import { printablePath } from './printable-path.ts';
import { type TreeEntry, walkTree } from './tree-walk.ts';

/** What a tree holds. */
export interface TreeDigest {
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string;
  /** Regular files, each name of a hard-linked one counted. */
  files: number;
  /** Sum of the regular files' sizes (holes included), a hard-linked one counted once. */
  bytes: number;
  /** Sockets: not part of the digest, never copied. Printable relative paths. */
  sockets: string[];
}

const CHUNK = 1024 * 1024;
/** Entries that are read at the same time. */
const AT_ONCE = 16;

/**
 * Digest of a file, link or directory tree. Covered: the names' bytes, types, permission bits, owners, contents, link
 * targets, device numbers, and which names are hard links of one file. Not covered: times, extended attributes, how
 * holes are stored, sockets. Reads in pieces and never blocks the event loop longer than one piece.
 * @throws CcError `Aborted`; system errors as they are.
 */
export async function treeDigest(root: string, signal: AbortSignal): Promise<TreeDigest> {
  const progress: Progress = { total: { digest: '', files: 0, bytes: 0, sockets: [] }, linked: new Map(), signal };
  const hash = createHash('sha256');
  for await (const batch of batches(walkTree(root, signal))) {
    progress.total.sockets.push(...batch.filter(isSocket).map((entry) => printablePath(entry.path)));
    const others = batch.filter((entry) => !isSocket(entry));
    for (const line of await allEnded(others.map((entry) => describeEntry(progress, entry)))) hash.update(line);
  }
  return { ...progress.total, digest: `sha256:${hash.digest('hex')}` };
}

const isSocket = (entry: TreeEntry): boolean => entry.stats.isSocket();

async function* batches(entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry[]> {
  let batch: TreeEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** All results in order, or the first error; either way nothing goes on in the background. */
async function allEnded(work: readonly Promise<string>[]): Promise<string[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

interface Progress {
  total: TreeDigest;
  /** Device and inode of hard-linked files → the first of their names. */
  linked: Map<string, Buffer>;
  signal: AbortSignal;
}

/** One line an entry, unambiguous for any bytes. What it notes in `progress` it notes before it first waits. */
async function describeEntry(progress: Progress, entry: TreeEntry): Promise<string> {
  const { stats } = entry;
  const mode = (Number(stats.mode) & 0o7777).toString(8);
  const start = `${quote(entry.path)} ${typeOf(stats)} ${mode} ${stats.uid} ${stats.gid}`;
  if (stats.isFile()) return `${start} ${await describeFile(progress, entry)}\n`;
  if (stats.isSymbolicLink()) return `${start} ${quote(await readlink(entry.fullPath, { encoding: 'buffer' }))}\n`;
  return stats.isBlockDevice() || stats.isCharacterDevice() ? `${start} ${stats.rdev}\n` : `${start}\n`;
}

function quote(bytes: Buffer): string {
  return `"${bytes.toString('hex')}"`;
}

function typeOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  return stats.isBlockDevice() ? 'block' : 'character';
}

async function describeFile(progress: Progress, entry: TreeEntry): Promise<string> {
  const { linked, total } = progress;
  total.files += 1;
  const inode = `${entry.stats.dev}:${entry.stats.ino}`;
  const first = entry.stats.nlink > 1n ? linked.get(inode) : undefined;
  if (first) return `same as ${quote(first)}`;
  if (entry.stats.nlink > 1n) linked.set(inode, entry.path);
  total.bytes += Number(entry.stats.size);
  return await contentDigest(entry, progress.signal);
}

async function contentDigest({ fullPath, stats }: TreeEntry, signal: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  const hash = createHash('sha256');
  const handle = await open(fullPath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    // One byte more than there should be, so that the end of a small file shows in the first read.
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Number(stats.size) + 1));
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      if (bytesRead === Number(stats.size) && bytesRead < buffer.length) break;
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}
