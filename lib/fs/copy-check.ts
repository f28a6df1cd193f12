import { lstat, unlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError } from '../errors.ts';
import type { TreePlace } from './beneath.ts';
import { type DirectoryCalls, POOLED } from './directory-calls.ts';
import { printablePath, shortPlace } from './join-inside.ts';
import { ChangeTimes } from './tar-digest.ts';
import { atPlace, type TreeEntry, walkTree } from './tree-walk.ts';

const nothing = async (): Promise<void> => {};

/** What a look at a tree beside its copy found. */
export interface CheckedCopy {
  /** Printable relative paths. */
  sockets: string[];
  /** Of the tree, see {@link ChangeTimes}. */
  changeTimes: string;
}

/**
 * Compares owners and modes of a tree and its copy entry by entry. Sockets need not be in the copy; where they are, they
 * are taken out.
 * @param calls how the copy is asked.
 * @throws CcError `Refused` (an owner or mode was lost), `Conflict` (other entries), `Aborted`.
 */
export async function checkCopy(
  from: TreePlace,
  to: string,
  signal: AbortSignal,
  calls: DirectoryCalls = POOLED,
): Promise<CheckedCopy> {
  const besideCopy = async (place: TreePlace): Promise<Found> => {
    const copies = new Copies(walkTree(place, { signal, look: nothing }));
    try {
      return await compare(from, copies, signal);
    } finally {
      await copies.end();
    }
  };
  const found = await atPlace(to, besideCopy, calls);
  for (const path of found.copied) await dropSocket(Buffer.concat([Buffer.from(`${to}/`), path]));
  return { sockets: found.sockets.map(printablePath), changeTimes: found.changeTimes.end() };
}

interface Found {
  changeTimes: ChangeTimes;
  sockets: Buffer[];
  /** Those that the copy has. */
  copied: Buffer[];
}

async function compare(from: TreePlace, copies: Copies, signal: AbortSignal): Promise<Found> {
  const found: Found = { changeTimes: new ChangeTimes(), sockets: [], copied: [] };
  for await (const original of walkTree(from, { signal, look: nothing })) {
    const copy = await copies.take(original.path);
    if (original.stats.isSocket()) {
      found.sockets.push(original.path);
      if (copy !== undefined) found.copied.push(original.path);
    } else if (copy === undefined) throw changedMeanwhile(from, original.path);
    else found.changeTimes.add(original.path, original.stats.ctimeNs);
    if (copy !== undefined) checkEntry(from, original, copy);
  }
  return found;
}

/** The copy's entries, one ahead. */
class Copies {
  readonly #walk: AsyncGenerator<TreeEntry>;
  #ahead: TreeEntry | undefined;

  constructor(walk: AsyncGenerator<TreeEntry>) {
    this.#walk = walk;
  }

  /** The next one if it has this path. */
  async take(path: Buffer): Promise<TreeEntry | undefined> {
    if (this.#ahead === undefined) {
      const { value, done } = await this.#walk.next();
      if (done !== true) this.#ahead = value;
    }
    const found = this.#ahead?.path.equals(path) ? this.#ahead : undefined;
    if (found !== undefined) this.#ahead = undefined;
    return found;
  }

  async end(): Promise<void> {
    await this.#walk.return(undefined);
  }
}

function checkEntry(from: TreePlace, original: TreeEntry, copy: TreeEntry): void {
  const same = (field: 'uid' | 'gid' | 'mode'): boolean => original.stats[field] === copy.stats[field];
  if (same('uid') && same('gid') && same('mode')) return;
  throw notKept(`${placeOf(from, original.path)} (${original.stats.uid}:${original.stats.gid})`);
}

/** Of a copy that lost the owner or mode of an entry. */
export function notKept(place: string): CcError {
  return new CcError('Refused', `the copy of ${place} lost its owner or mode`, {
    remedy: 'Run the controller as root, or with CAP_CHOWN, CAP_FOWNER, CAP_DAC_OVERRIDE and CAP_FSETID.',
  });
}

function changedMeanwhile(from: TreePlace, path: Buffer): CcError {
  return new CcError('Conflict', `${placeOf(from, path)} changed while it was copied`, {
    remedy: 'Something still writes to it: see that the app is undeployed.',
  });
}

function placeOf({ directory, name }: TreePlace, path: Buffer): string {
  return shortPlace(`${directory.where}/${name}/${printablePath(path)}`);
}

/** The copy is ours alone, so that its path may be used. */
async function dropSocket(path: Buffer): Promise<void> {
  const directory = Buffer.from(dirname(path.toString('latin1')), 'latin1');
  const before = await lstat(directory);
  await unlink(path);
  await utimes(directory, before.atime, before.mtime);
}
