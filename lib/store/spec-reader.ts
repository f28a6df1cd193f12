import { constants, fstatSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Clock } from '../clock.ts';
import { sha256 } from '../digest.ts';
import { explainError, orNothing, systemCode } from '../errors.ts';
import { closing } from '../fs/closing.ts';
import { exists } from '../fs/exists.ts';
import { smallFiles } from '../fs/small-files.ts';
import { giveWay } from '../give-way.ts';
import { forEachBounded } from '../serial.ts';
import { readMarker, writeMarker } from './directory-guard.ts';
import { type FileStats, sameStats } from './listing-memory.ts';
import type { SourceProblem } from './problem-report.ts';
import type { KnownReading } from './read-by.ts';
import { parseSpec, type SpecResult } from './spec-file.ts';
import type { ListedFile, SpecListing } from './spec-listing.ts';

/** A file younger than this may still be under its writer's hands and is read again in the next round. */
const SETTLE_MS = 20;
/** Longer files are cut here; the codec refuses them by their length. */
const READ_LIMIT = 1024 * 1024 + 1;

export interface SpecFile {
  path: string;
  /** sha256 of the bytes, hex. */
  fileDigest: string;
  result: SpecResult;
}

export interface SpecFiles {
  files: SpecFile[];
  /** Present, but changing or unreadable just now: nothing is concluded about them. */
  unsettled: UnsettledFile[];
}

/** A file of which nothing is known now. `Lasting`: it is not being written, it cannot be read. */
export interface UnsettledFile {
  path: string;
  message: string;
  state: 'Passing' | 'Lasting';
}

export interface SpecReaderOptions {
  clock: Clock;
  /** What an earlier process made of the file at a path, where that holds still. Default: nothing is known. */
  known?: (path: string) => KnownReading | undefined;
}

/**
 * Reads and parses listed files; an unchanged file (path, size, times, inode) is read once and stays the same object, and
 * one with the bytes of a known reading is not parsed.
 */
export class SpecReader {
  readonly #clock: Clock;
  readonly #known: (path: string) => KnownReading | undefined;
  readonly #cache = new Map<string, { stats: FileStats; file: SpecFile }>();

  constructor({ clock, known = () => undefined }: SpecReaderOptions) {
    this.#clock = clock;
    this.#known = known;
  }

  /** In the order of `listed`. Never throws. */
  async read(listed: readonly ListedFile[]): Promise<SpecFiles> {
    const found = listed.map((entry) => this.#cached(entry));
    const unsettled: SpecFiles['unsettled'] = [];
    const changed = listed.flatMap((entry, index) => (found[index] === undefined ? { entry, index } : []));
    await forEachBounded(changed, 16, async ({ entry, index }) => {
      const file = await this.readOne(entry);
      await giveWay();
      if ('message' in file) unsettled.push(file);
      else found[index] = file;
    });
    const files = found.filter((file) => file !== undefined);
    if (this.#cache.size > files.length) this.#forgetOthers(files);
    return { files, unsettled };
  }

  #forgetOthers(files: readonly SpecFile[]): void {
    const paths = new Set(files.map(({ path }) => path));
    for (const path of this.#cache.keys()) if (!paths.has(path)) this.#cache.delete(path);
  }

  /** One file that was looked at just now; what is kept of the others stays. Never throws. */
  async readOne({ path, stats }: ListedFile): Promise<SpecFile | UnsettledFile> {
    const cached = this.#cached({ path, stats });
    if (cached !== undefined) return cached;
    const ageMs = this.#clock.now() - stats.mtimeMs;
    if (ageMs >= 0 && ageMs < SETTLE_MS) return passing(path, 'was written a moment ago');
    try {
      const bytes = await readWhole(path, stats);
      return bytes ? this.#remember(path, stats, bytes) : passing(path, 'changed while it was read');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return passing(path, 'vanished while it was read');
      return { path, message: `it cannot be read: ${explainError(error)}`, state: 'Lasting' };
    }
  }

  #remember(path: string, stats: FileStats, bytes: Uint8Array): SpecFile {
    const fileDigest = sha256(bytes);
    const known = this.#known(path);
    const result = known?.fileDigest === fileDigest ? known.result : parseSpec(path, bytes);
    const file = { path, fileDigest, result };
    this.#cache.set(path, { stats, file });
    return file;
  }

  #cached({ path, stats }: ListedFile): SpecFile | undefined {
    const cached = this.#cache.get(path);
    return cached !== undefined && sameStats(cached.stats, stats) ? cached.file : undefined;
  }
}

function passing(path: string, what: string): UnsettledFile {
  return { path, message: `${path} ${what}`, state: 'Passing' };
}

/** The bytes of a file that looks as it did; undefined where it does not, before or after. */
async function readWhole(path: string, stats: FileStats): Promise<Uint8Array | undefined> {
  return await closing(await smallFiles.open(path, 'look'), async ({ fd }) => {
    if (!sameStats(fstatSync(fd), stats)) return undefined;
    const buffer = Buffer.alloc(Math.min(stats.size + 1, READ_LIMIT));
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got)
      got = readSync(fd, buffer, length, buffer.length - length, null);
    return sameStats(fstatSync(fd), stats) ? buffer.subarray(0, length) : undefined;
  });
}

export interface AvailabilityInput {
  specDirectory: string;
  instanceId: string;
  failure: SpecListing['failure'];
  /** Paths of the objects that people's files describe. */
  remembered: readonly string[];
}

/**
 * May gaps in the listing of the spec directory be read as deletions? Undefined where they may. A missing marker is
 * written again where more than half of the remembered files are there, into the directory that holds them.
 */
export async function unavailability(input: AvailabilityInput): Promise<SourceProblem | undefined> {
  const { specDirectory, instanceId, failure } = input;
  if (failure !== undefined) return failure;
  try {
    const marker = await readMarker(specDirectory, instanceId);
    if (marker.marker === 'Own') return undefined;
    if (marker.marker === 'Foreign') {
      const message = `${specDirectory} carries the marker of another instance (${marker.instanceId})`;
      return { reason: 'MarkerForeign', message };
    }
    return await markAgain(input);
  } catch (error) {
    return { reason: 'DirectoryUnreadable', message: `the marker in ${specDirectory}: ${explainError(error)}` };
  }
}

/** What was listed may be another directory than is there now: one and the same is looked at and marked. */
async function markAgain(input: AvailabilityInput): Promise<SourceProblem | undefined> {
  const { specDirectory, instanceId, remembered } = input;
  const opening = open(specDirectory, constants.O_RDONLY | constants.O_DIRECTORY);
  const opened = await orNothing(opening, 'ENOENT', 'ENOTDIR');
  if (opened === undefined) return { reason: 'DirectoryMissing', message: `${specDirectory} is gone` };
  return await closing(opened, async (directory) => {
    const here = `/proc/self/fd/${directory.fd}`;
    const there = await Promise.all(remembered.map((path) => exists(join(here, relative(specDirectory, path)))));
    if (remembered.length > 0 && there.filter(Boolean).length * 2 <= remembered.length)
      return { reason: 'MarkerMissing', message: `${specDirectory} does not carry this instance's marker` };
    await writeMarker(here, instanceId);
    return undefined;
  });
}
