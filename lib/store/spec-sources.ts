import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { ListingMemory, type Look } from './listing-memory.ts';
import type { Source, SourcedFile } from './object-facts.ts';
import { listSpecFiles, type SpecListing, type UnreadFile } from './spec-listing.ts';
import { type SpecFile, SpecReader, type SpecReaderOptions, type UnsettledFile } from './spec-reader.ts';
import { statsAt } from './stats-at.ts';

/** What both spec directories hold just now. */
export interface SourcesSeen {
  files: SourcedFile[];
  /** Path and source of files that are there but not settled or not readable. */
  unsettled: ReadonlyMap<string, { source: Source; message: string; state: UnsettledFile['state'] }>;
  /** Symlinks without a target. */
  dangling: string[];
  /** Names of spec files behind which there is no file. */
  unread: UnreadFile[];
  failures: Partial<Record<Source, NonNullable<SpecListing['failure']>>>;
}

/** The directory people write (`Specs`) and the one for created runs (`State`). */
export class SpecSources {
  readonly #clock: Clock;
  readonly #parts: Readonly<Record<Source, SourceParts>>;

  constructor(directories: Readonly<Record<Source, string>>, options: SpecReaderOptions) {
    this.#clock = options.clock;
    this.#parts = {
      Specs: new SourceParts(directories.Specs, options),
      State: new SourceParts(directories.State, options),
    };
  }

  /** Lists both in full, and reads what looks another than before. Never throws. */
  async observe(look: Look = 'Full'): Promise<SourcesSeen> {
    const seen = {
      files: [] as SourcedFile[],
      unsettled: new Map(),
      dangling: [] as string[],
      unread: [] as UnreadFile[],
      failures: {},
    } satisfies SourcesSeen;
    await this.#observe('Specs', look, seen);
    await this.#observe('State', look, seen);
    return seen;
  }

  /** Where a change changes what is seen, by the last listing: directories, each with its device and inode. */
  places(): Pick<SpecListing, 'places' | 'targets'> {
    const parts = Object.values(this.#parts);
    return {
      places: new Map(parts.flatMap(({ places }) => [...places])),
      targets: new Map(parts.flatMap(({ targets }) => [...targets])),
    };
  }

  /** One file in a directory that was listed; undefined where only a listing can tell. Never throws. */
  async look(path: string): Promise<SourcedFile | UnsettledFile | undefined> {
    const [source, parts] = Object.entries(this.#parts).find(([, one]) => one.places.has(dirname(path))) ?? [];
    if (source === undefined || parts === undefined) return undefined;
    const file = await parts.look(path);
    return file === undefined || 'message' in file ? file : parts.sourced(source as Source, file);
  }

  async #observe(source: Source, look: Look, seen: SourcesSeen & { unsettled: Map<string, unknown> }): Promise<void> {
    const parts = this.#parts[source];
    const same = parts.begin(look);
    if (same !== undefined) {
      for (const file of same) seen.files.push(file);
      return;
    }
    const listing = await listSpecFiles(parts.directory, { memory: parts.memory, now: () => this.#clock.now() });
    if (listing.failure) seen.failures[source] = listing.failure;
    seen.dangling.push(...listing.dangling);
    seen.unread.push(...listing.unread);
    const { files, unsettled } = await parts.reader.read(listing.files);
    const sourced = files.map((file) => parts.sourced(source, file));
    for (const file of sourced) seen.files.push(file);
    parts.keep(listing, sourced);
    for (const { path, ...why } of unsettled) seen.unsettled.set(path, { source, ...why });
  }
}

/** What is kept of one of the two from one look to the next. */
class SourceParts {
  readonly directory: string;
  readonly memory = new ListingMemory();
  readonly reader: SpecReader;
  places: ReadonlyMap<string, string> = new Map();
  targets: ReadonlyMap<string, string> = new Map();
  /** What the last listing came to, where every name in it could be told and read. */
  #last: readonly SourcedFile[] | undefined;
  /** The same object for the same file, for who asks whether anything changed. */
  readonly #sourced = new WeakMap<SpecFile, SourcedFile>();

  constructor(directory: string, options: SpecReaderOptions) {
    this.directory = directory;
    this.reader = new SpecReader(options);
  }

  /** Begins a listing. @returns what the last one came to, where a walk would come to the same; one is needed else. */
  begin(look: Look): readonly SourcedFile[] | undefined {
    this.memory.begin(look);
    return this.#last && this.memory.isAsBefore(statsAt) ? this.#last : undefined;
  }

  /** Keeps what a listing came to. */
  keep({ places, targets, dangling, unread, passedOver, failure, files }: SpecListing, read: SourcedFile[]): void {
    this.places = places;
    this.targets = targets;
    const odd = dangling.length + unread.length + passedOver + (files.length - read.length);
    this.#last = failure === undefined && odd === 0 ? read : undefined;
  }

  sourced(source: Source, file: SpecFile): SourcedFile {
    const known = this.#sourced.get(file) ?? { ...file, source };
    this.#sourced.set(file, known);
    return known;
  }

  async look(path: string): Promise<SpecFile | UnsettledFile | undefined> {
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() !== true) return undefined;
    this.#last = undefined;
    return await this.reader.readOne({ path, stats: this.memory.keepFile(path, stats).stats });
  }
}
