/** What lies in a directory, read without any code of the product. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** One entry below a root. */
export interface Entry {
  /** Relative, `/` between parts; empty for the root itself. */
  path: string;
  stats: Stats;
}

/** Every entry below and including `root`, parents first, names in byte order; none where it is missing. */
export function entriesBelow(root: string): Entry[] {
  const found: Entry[] = [];
  const visit = (path: string): void => {
    const stats = statusOf(join(root, path));
    if (stats === undefined) return;
    found.push({ path, stats });
    if (stats.isDirectory())
      for (const name of namesIn(join(root, path))) visit(path === '' ? name : `${path}/${name}`);
  };
  visit('');
  return found;
}

/** Names in a directory, in byte order; none where it is missing or vanishes. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch {
    return [];
  }
}

/** The text of a file; undefined where it is missing. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** SHA-256 over names and contents alone: what a person would call the same data. */
export function contentOf(root: string): string {
  const hash = createHash('sha256');
  for (const { path, stats } of entriesBelow(root)) {
    const full = join(root, path);
    hash.update(`${path}\0${stats.isDirectory() ? 'd' : 'f'}\0`);
    if (stats.isFile()) hash.update(readFileSync(full));
    if (stats.isSymbolicLink()) hash.update(readlinkSync(full));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The digest that a manifest records of a part, as its documentation says: one line an entry with its name, type, mode,
 * owners and content. Hard links, devices and sockets do not occur here.
 */
export function recordedDigest(root: string): string {
  const hash = createHash('sha256');
  for (const { path, stats } of entriesBelow(root)) hash.update(`${lineOf(root, path, stats)}\n`);
  return `sha256:${hash.digest('hex')}`;
}

function lineOf(root: string, path: string, stats: Stats): string {
  const full = join(root, path);
  const quoted = (bytes: Buffer): string => `"${bytes.toString('hex')}"`;
  const type = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'file';
  const start = `${quoted(Buffer.from(path))} ${type} ${(stats.mode & 0o7777).toString(8)} ${stats.uid} ${stats.gid}`;
  if (stats.isFile()) return `${start} ${createHash('sha256').update(readFileSync(full)).digest('hex')}`;
  return stats.isSymbolicLink() ? `${start} ${quoted(readlinkSync(full, { encoding: 'buffer' }))}` : start;
}
