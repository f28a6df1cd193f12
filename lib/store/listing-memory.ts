import type { Dirent, Stats } from 'node:fs';
import { dirname } from 'node:path';

/** What tells one content of a file, or of a directory, from the next. */
export type FileStats = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>;

/** `Full`: every name and every file is looked at. `Spread`: a part of what looked the same before is taken for the same. */
export type Look = 'Full' | 'Spread';

/** So many files are looked at in each listing before the others wait for a later one. */
const AT_ONCE = 16;
/** The most listings over which the looks at files are spread. */
export const MOST_TURNS = 30;
/** So many listings take the names of a directory that looks as it did from memory, before they are read anew. */
export const MOST_REMEMBERED = 150;
/** What changed so short a time before it was read, milliseconds, may have changed once more within the same tick. */
export const TICK_MS = 2_000;

interface KnownDirectory {
  stats: FileStats;
  entries: Dirent[];
}

/** A directory, with its device and inode. */
export interface Place {
  path: string;
  identity: string;
}

interface KnownFile {
  stats: FileStats;
  /** Of a link: where the file is that it names. */
  target: Place | undefined;
  /** Its place among the turns. */
  number: number;
  listing: number;
}

/**
 * What listings of one spec directory saw, so that one at rest costs a look at each directory and at some files. Names are
 * never taken from here where the directory changed: what vanished is not listed, whatever the look.
 */
export class ListingMemory {
  readonly #directories = new Map<string, KnownDirectory>();
  readonly #files = new Map<string, KnownFile>();
  /** Their paths, in which turns are taken without visiting all of them; undefined after any came or went. */
  #paths: readonly string[] | undefined;
  readonly #identities = new Map<string, string>();
  /** Directories that are other ones than in the listing before: their files are all looked at. */
  readonly #replaced = new Set<string>();
  /** The directories of the last listing, left-out ones too. */
  #walked = new Set<string>();
  #look: Look = 'Full';
  #listing = 0;
  #turn = 0;
  #next = 0;

  begin(look: Look): void {
    this.#look = look;
    this.#listing += 1;
    this.#turn += 1;
    this.#replaced.clear();
    if (look === 'Full' || this.#turn % MOST_REMEMBERED === 0) this.#directories.clear();
  }

  /** Forgets files that were not listed. To be called at the end of a listing that did not fail. */
  end(): void {
    for (const [path, { listing }] of this.#files) {
      if (listing === this.#listing) continue;
      this.#files.delete(path);
      this.#paths = undefined;
    }
  }

  /** The entries of a directory that is as it was when they were read. */
  entries(path: string, stats: FileStats): Dirent[] | undefined {
    const identity = `${stats.dev}:${stats.ino}`;
    this.#walked.add(path);
    if (this.#identities.get(path) !== identity) this.#replaced.add(path);
    this.#identities.set(path, identity);
    return this.#isSame(path, stats) ? this.#directories.get(path)?.entries : undefined;
  }

  /** Forgets through which directories the last listing went; to be called at the beginning of a walk. */
  walk(): void {
    this.#walked = new Set();
  }

  /**
   * Whether a walk would come to what the last one came to, as far as this look asks: none of its directories has changed,
   * nor has a file whose turn it is. `look` gives what is at a path, undefined where nothing is.
   */
  isAsBefore(look: (path: string) => FileStats | undefined): boolean {
    for (const path of this.#walked) if (!this.#isSame(path, look(path))) return false;
    this.#paths ??= this.#numbered();
    const turns = this.#turns();
    for (let index = this.#turn % turns; index < this.#paths.length; index += turns)
      if (!this.#isUnchanged(this.#paths[index], look)) return false;
    return true;
  }

  /** All paths, each at its number. */
  #numbered(): readonly string[] {
    for (const [index, known] of [...this.#files.values()].entries()) known.number = index;
    this.#next = this.#files.size;
    return [...this.#files.keys()];
  }

  #isUnchanged(path = '', look: (path: string) => FileStats | undefined): boolean {
    const [known, now] = [this.#files.get(path), look(path)];
    return known !== undefined && now !== undefined && sameStats(known.stats, now);
  }

  #isSame(path: string, stats: FileStats | undefined): boolean {
    const known = this.#directories.get(path);
    const mayTrust = this.#look === 'Spread' && stats !== undefined && known !== undefined;
    return mayTrust && sameStats(known.stats, stats);
  }

  /** @param nowMs wall clock when the directory was about to be read. */
  keepEntries(path: string, known: { stats: FileStats; entries: Dirent[]; nowMs: number }): void {
    const { stats, entries, nowMs } = known;
    if (nowMs - stats.ctimeMs < TICK_MS) this.#directories.delete(path);
    else this.#directories.set(path, { stats: compact(stats), entries });
  }

  /** What a file looked like before, where it is not its turn to be looked at. */
  file(path: string): Pick<KnownFile, 'stats' | 'target'> | undefined {
    const known = this.#files.get(path);
    if (known === undefined) return undefined;
    known.listing = this.#listing;
    const turns = this.#turns();
    const mayWait = this.#look === 'Spread' && !this.#replaced.has(dirname(path));
    const waits = mayWait && known.number % turns !== this.#turn % turns;
    return waits ? known : undefined;
  }

  keepFile(path: string, stats: FileStats, target?: Place): Pick<KnownFile, 'stats' | 'target'> {
    const before = this.#files.get(path);
    const number = before?.number ?? this.#next++;
    // Who has read the file holds these as well.
    const same = before !== undefined && sameStats(before.stats, stats) ? before.stats : compact(stats);
    const known = { stats: same, target, number, listing: this.#listing };
    if (before === undefined) this.#paths = undefined;
    this.#files.set(path, known);
    return known;
  }

  #turns(): number {
    return Math.min(MOST_TURNS, Math.max(1, Math.ceil(this.#files.size / AT_ONCE)));
  }
}

/** Whether nobody can have written to the file, or directory, between two looks at it. Pure. */
export function sameStats(a: FileStats, b: FileStats): boolean {
  if (a === b) return true;
  return a.ino === b.ino && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.size === b.size && a.dev === b.dev;
}

function compact({ dev, ino, size, mtimeMs, ctimeMs }: FileStats): FileStats {
  return { dev, ino, size, mtimeMs, ctimeMs };
}
