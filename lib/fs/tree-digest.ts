import { createHash, type Hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { throwIfAborted } from './coreutils.ts';
import { printablePath, type TreeEntry, walkTree } from './tree-walk.ts';

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

/**
 * Digest of a file, link or directory tree. Covered: the names' bytes, types, permission bits, owners, contents, link
 * targets, device numbers, and which names are hard links of one file. Not covered: times, extended attributes, how
 * holes are stored, sockets. Reads in pieces and never blocks the event loop longer than one piece.
 * @throws CcError `Aborted`; system errors as they are.
 */
export async function treeDigest(root: string, signal: AbortSignal): Promise<TreeDigest> {
  const total: TreeDigest = { digest: '', files: 0, bytes: 0, sockets: [] };
  const hash = createHash('sha256');
  const linked = new Map<string, Buffer>();
  for await (const entry of walkTree(root, signal)) {
    if (entry.stats.isSocket()) total.sockets.push(printablePath(entry.path));
    else await addEntry({ hash, linked, total, signal }, entry);
  }
  total.digest = `sha256:${hash.digest('hex')}`;
  return total;
}

interface Progress {
  hash: Hash;
  /** Device and inode of hard-linked files → the first of their names. */
  linked: Map<string, Buffer>;
  total: TreeDigest;
  signal: AbortSignal;
}

async function addEntry(progress: Progress, entry: TreeEntry): Promise<void> {
  const { stats } = entry;
  const mode = Number(stats.mode) & 0o7777;
  addBytes(progress.hash, entry.path);
  progress.hash.update(`${typeOf(stats)} ${mode.toString(8)} ${stats.uid} ${stats.gid}\n`);
  if (stats.isFile()) await addFile(progress, entry);
  else if (stats.isSymbolicLink()) addBytes(progress.hash, await readlink(entry.fullPath, { encoding: 'buffer' }));
  else if (stats.isBlockDevice() || stats.isCharacterDevice()) progress.hash.update(`${stats.rdev}\n`);
}

function typeOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  return stats.isBlockDevice() ? 'block' : 'character';
}

async function addFile(progress: Progress, entry: TreeEntry): Promise<void> {
  const { hash, linked, total } = progress;
  total.files += 1;
  const inode = `${entry.stats.dev}:${entry.stats.ino}`;
  const first = entry.stats.nlink > 1n ? linked.get(inode) : undefined;
  if (first) {
    hash.update('same as ');
    addBytes(hash, first);
    return;
  }
  if (entry.stats.nlink > 1n) linked.set(inode, entry.path);
  total.bytes += Number(entry.stats.size);
  hash.update(await contentDigest(entry.fullPath, progress.signal));
}

async function contentDigest(path: Buffer, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const size = (await handle.stat()).size;
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK, size)));
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
  return `${hash.digest('hex')}\n`;
}

function addBytes(hash: Hash, bytes: Buffer): void {
  hash.update(`${bytes.length}:`);
  hash.update(bytes);
  hash.update('\n');
}
