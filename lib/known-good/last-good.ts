import { join } from 'node:path';
import type { RecordFiles } from '../fs/record-files.ts';
import { readRecord } from '../store/damaged-record.ts';

/** A released revision of a recipe. */
export interface ReleasedRevision {
  version: string;
  /** Full commit id, peeled. */
  commit: string;
  /** Where the recipe was cloned from. */
  source: string;
}

/** What was last healthy of a live-warm app: the record that an upgrade ends with, in one atomic write. */
export interface LastGood extends ReleasedRevision {
  format: 1;
  /** Id of the operation that committed it. */
  operation: string;
  /** The set of the data that it was upgraded from; absent: the operation made none. */
  set?: string;
  /** Counts those of this service, 1 for the first: of two the higher one is in force, whatever clocks say. */
  serial?: number;
  /** What it is of: the data that is kept under this name is no other recipe's, nor at another domain. */
  recipe?: string;
  domain?: string;
  /** Names of the volumes and secrets that were there: none of them may be made anew beside the others. */
  volumes?: readonly string[];
  secrets?: readonly string[];
  /** RFC 3339. */
  time: string;
}

/** `warm/<name>/state.json`, kept twice like the records of objects. */
export class LastGoodRecord {
  readonly path: string;
  readonly #records: RecordFiles;

  /** @param directory `warm/<name>`, below the root of the records. */
  constructor(records: RecordFiles, directory: string) {
    this.#records = records;
    this.path = join(directory, 'state.json');
  }

  /** Undefined: nothing was ever healthy. @throws DamagedRecord where it cannot be read. */
  async read(): Promise<LastGood | undefined> {
    return await readRecord(this.#records, this.path, isLastGood);
  }

  /** From here on there is no way back. Durable. @throws CcError as `RecordFiles.write`. */
  async commit(lastGood: LastGood): Promise<void> {
    await this.#records.write(this.path, lastGood, { mode: 0o600 });
  }

  /** Absent is success. */
  async remove(): Promise<void> {
    await this.#records.remove(this.path);
  }
}

function isLastGood(value: object): value is LastGood {
  const {
    format,
    serial = 0,
    set = '',
    recipe = '',
    domain = '',
    volumes = [],
    secrets = [],
    ...rest
  } = value as Partial<Record<keyof LastGood, unknown>>;
  const texts = [rest.version, rest.commit, rest.source, rest.operation, rest.time, set, recipe, domain];
  const names = [volumes, secrets].flatMap((list) => (Array.isArray(list) ? list : [undefined]));
  return format === 1 && Number.isSafeInteger(serial) && [...texts, ...names].every((text) => typeof text === 'string');
}
