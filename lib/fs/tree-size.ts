import type { BigIntStats } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { hasCode } from '../errors.ts';
import { closing } from './closing.ts';
import { throwIfAborted } from './coreutils.ts';
import { Descent } from './descent.ts';
import { DirectoryHandle } from './directory-handle.ts';

/** Room that a tree takes on its disk. */
export interface TreeSize {
  /** Sum of the blocks of all entries, directories included, a hard-linked file counted once; holes take nothing. */
  bytes: number;
  /** Entries that were looked at. */
  entries: number;
  /** Why `bytes` is less than the whole: a bound was reached, or a part could not be read. */
  gap?: 'Cut' | 'Unreadable';
}

/** Where a walk ends although there is more. */
export interface WalkBounds {
  maxEntries: number;
  maxMs: number;
  clock: Clock;
}

/** Entries that are looked at at the same time. */
const AT_ONCE = 16;
const BLOCK_BYTES = 512;

/**
 * Room that a directory takes. Its parent is ours; it, and what lies below, may be hostile and may change meanwhile: no
 * link is followed, what vanishes is passed over, other file systems are not entered. Any depth and width in bounded
 * memory.
 * @returns undefined where it is absent. @throws CcError `Aborted`, `Refused` (no directory); system errors of its own.
 */
export async function treeSize(path: string, bounds: WalkBounds, signal: AbortSignal): Promise<TreeSize | undefined> {
  return await closing(await DirectoryHandle.open(dirname(path)), async (parent) => {
    const start = await parent.openDirectory(basename(path));
    return start && (await new SizeWalk(bounds, signal).of(start));
  });
}

class SizeWalk {
  readonly #bounds: WalkBounds;
  readonly #signal: AbortSignal;
  readonly #startedMs: number;
  /** Device and inode of files with several names. */
  readonly #linked = new Set<string>();
  readonly #size: TreeSize = { bytes: 0, entries: 0 };
  #device = 0n;

  constructor(bounds: WalkBounds, signal: AbortSignal) {
    this.#bounds = bounds;
    this.#signal = signal;
    this.#startedMs = bounds.clock.monotonicMs();
  }

  /** Closes the start. */
  async of(start: DirectoryHandle): Promise<TreeSize> {
    const descent = await Descent.from(start);
    try {
      const stats = await start.stat();
      this.#device = stats.dev;
      this.#add(stats);
      await this.#walk(descent);
    } catch (error) {
      // It was moved away under the walk: what is above it is not reached any more.
      if (!hasCode(error, 'Conflict')) throw error;
      this.#size.gap ??= 'Unreadable';
    } finally {
      await descent.close();
    }
    return this.#size;
  }

  async #walk(descent: Descent): Promise<void> {
    const levels = [await this.#directoriesIn(descent.current)];
    for (let level = levels.at(-1); level !== undefined && !this.#isOver(); level = levels.at(-1)) {
      const name = level.pop();
      if (name === undefined) {
        levels.pop();
        if (levels.length > 0) await descent.leave();
        continue;
      }
      if (await this.#enter(descent, name)) levels.push(await this.#directoriesIn(descent.current));
    }
  }

  async #enter(descent: Descent, name: Buffer): Promise<boolean> {
    try {
      return await descent.enter(name);
    } catch (error) {
      // A link by now, or nobody may enter.
      if (!hasCode(error, 'Refused')) this.#size.gap ??= 'Unreadable';
      return false;
    }
  }

  /** Adds the entries of a directory; gives the names of those that are to be entered. */
  async #directoriesIn(directory: DirectoryHandle): Promise<Buffer[]> {
    const found: Buffer[] = [];
    let batch: Buffer[] = [];
    for await (const name of directory.names()) {
      batch.push(name);
      if (batch.length < AT_ONCE) continue;
      found.push(...(await this.#addAll(directory, batch)));
      batch = [];
      if (this.#isOver()) return [];
    }
    return [...found, ...(await this.#addAll(directory, batch))];
  }

  async #addAll(directory: DirectoryHandle, names: readonly Buffer[]): Promise<Buffer[]> {
    const facts = await Promise.all(names.map(async (name) => ({ name, stats: await this.#look(directory, name) })));
    const there = facts.flatMap(({ name, stats }) => (stats === undefined ? [] : [{ name, stats }]));
    for (const { stats } of there) this.#add(stats);
    return there.filter(({ stats }) => stats.isDirectory() && stats.dev === this.#device).map(({ name }) => name);
  }

  async #look(directory: DirectoryHandle, name: Buffer): Promise<BigIntStats | undefined> {
    try {
      return await directory.lstat(name);
    } catch {
      this.#size.gap ??= 'Unreadable';
      return undefined;
    }
  }

  #add(stats: BigIntStats): void {
    this.#size.entries += 1;
    if (stats.dev !== this.#device) return;
    if (!stats.isDirectory() && stats.nlink > 1n) {
      const inode = String(stats.ino);
      if (this.#linked.has(inode)) return;
      this.#linked.add(inode);
    }
    this.#size.bytes += Number(stats.blocks) * BLOCK_BYTES;
  }

  /** Whether a bound is reached; says so in the size. @throws CcError `Aborted`. */
  #isOver(): boolean {
    throwIfAborted(this.#signal);
    const { maxEntries, maxMs, clock } = this.#bounds;
    const isOver = this.#size.entries >= maxEntries || clock.monotonicMs() - this.#startedMs >= maxMs;
    if (isOver) this.#size.gap = 'Cut';
    return isOver;
  }
}
