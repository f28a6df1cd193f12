import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readJsonOrNothing, syncDirectory, writeJsonDurable } from '../fs/durable.ts';
import { type Log, orWarn } from '../log.ts';
import type { SpecResult } from './spec-file.ts';
import type { StoredObject } from './store.ts';

export interface ReadByOptions {
  /** Absolute path of `read-by.json`. */
  path: string;
  /** Differs between programs that may read a file differently; absent: nobody knows, and every file is read anew. */
  build: string | undefined;
  log: Log;
}

/**
 * `read-by.json`: which build of the program made all records from their spec files. While that is this one, a file that
 * has the bytes of its record is neither parsed nor validated again: the same rules would make the same of it.
 */
export class ReadBy {
  readonly #options: ReadByOptions;
  #isNoted: boolean;

  private constructor(options: ReadByOptions, isNoted: boolean) {
    this.#options = options;
    this.#isNoted = isNoted;
  }

  /** The note of another build goes before this one writes any record: that one must not take it for its own. */
  static async open(options: ReadByOptions): Promise<ReadBy> {
    const { path, build } = options;
    const isOurs = build !== undefined && (await readJsonOrNothing<{ build?: unknown }>(path))?.build === build;
    if (!isOurs) {
      await rm(path, { recursive: true, force: true });
      await syncDirectory(dirname(path));
    }
    return new ReadBy(options, isOurs);
  }

  /** Whether every record was made by this build. */
  get isNoted(): boolean {
    return this.#isNoted;
  }

  /** Notes that this build has read the file of every record. Idempotent; where it cannot be written, files are read again. */
  async note(): Promise<void> {
    const { path, build, log } = this.#options;
    if (this.#isNoted || build === undefined) return;
    this.#isNoted = true;
    await writeJsonDurable(path, { build }).catch(orWarn(log, 'not noted which program read the specs', { path }));
  }
}

/** What the program that made the record of an object made of its file. */
export interface KnownReading {
  /** Of the bytes of the file. */
  fileDigest: string;
  result: SpecResult;
}

/** Undefined where the record does not hold all of it: the file was not valid. Pure. */
export function readingOf(object: StoredObject): KnownReading | undefined {
  const { kind, name, labels, annotations, spec, digest, notes, fileDigest } = object;
  if (object.rejected !== undefined || object.validGeneration !== object.generation) return undefined;
  return { fileDigest, result: { ok: true, parsed: { kind, name, labels, annotations, spec, digest }, notes } };
}
