import type { Clock } from '../clock.ts';
import type { Source, SourcedFile } from './object-facts.ts';
import { listSpecFiles, type SpecListing, type UnreadFile } from './spec-listing.ts';
import { SpecReader, type UnsettledFile } from './spec-reader.ts';

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
  readonly #directories: Readonly<Record<Source, string>>;
  readonly #readers: Readonly<Record<Source, SpecReader>>;

  constructor(directories: Readonly<Record<Source, string>>, clock: Clock) {
    this.#directories = directories;
    this.#readers = { Specs: new SpecReader(clock), State: new SpecReader(clock) };
  }

  /** Lists and reads both in full. Never throws. */
  async observe(): Promise<SourcesSeen> {
    const seen = {
      files: [] as SourcedFile[],
      unsettled: new Map(),
      dangling: [] as string[],
      unread: [] as UnreadFile[],
      failures: {},
    } satisfies SourcesSeen;
    await this.#observe('Specs', seen);
    await this.#observe('State', seen);
    return seen;
  }

  async #observe(source: Source, seen: SourcesSeen & { unsettled: Map<string, unknown> }): Promise<void> {
    const listing = await listSpecFiles(this.#directories[source]);
    if (listing.failure) seen.failures[source] = listing.failure;
    seen.dangling.push(...listing.dangling);
    seen.unread.push(...listing.unread);
    const { files, unsettled } = await this.#readers[source].read(listing.files);
    for (const file of files) seen.files.push({ ...file, source });
    for (const { path, ...why } of unsettled) seen.unsettled.set(path, { source, ...why });
  }
}
