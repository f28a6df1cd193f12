import type { Clock } from '../clock.ts';
import type { Source, SourcedFile } from './object-facts.ts';
import { listSpecFiles, type SpecListing } from './spec-listing.ts';
import { SpecReader } from './spec-reader.ts';

/** What both spec directories hold just now. */
export interface SourcesSeen {
  files: SourcedFile[];
  /** Path and source of files that are there but not settled or not readable. */
  unsettled: ReadonlyMap<string, { source: Source; message: string }>;
  /** Symlinks without a target. */
  dangling: string[];
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
    const { files, unsettled } = await this.#readers[source].read(listing.files);
    for (const file of files) seen.files.push({ ...file, source });
    for (const { path, message } of unsettled) seen.unsettled.set(path, { source, message });
  }
}
