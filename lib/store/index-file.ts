import { type Kind, keyText, type ObjectKey } from '../api/kinds.ts';
import type { Timer } from '../clock.ts';
import { orWarn } from '../log.ts';
import type { ObjectRecords } from './object-records.ts';
import type { ProblemReportOptions } from './problem-report.ts';
import { type FileSignature, replaceFile } from './replace-file.ts';
import type { StatusProjection } from './status-projection.ts';
import type { StoredObject } from './store.ts';

/** One object in `index.json`. It holds while the files it was made from have these signatures. */
export interface IndexEntry {
  kind: Kind;
  name: string;
  path: string;
  objectStat: FileSignature;
  object: StoredObject;
  /** Absent until the status was shown by the process that wrote the index. */
  statusStat?: FileSignature;
  status?: Readonly<Record<string, unknown>>;
}

export interface IndexFileOptions extends ProblemReportOptions {
  /** What the index needs to know of one object; undefined once it is gone. */
  lookup: (key: ObjectKey) => IndexEntry | undefined;
  /** Throws where the state directory is not there any more. */
  assertPlace: () => Promise<void>;
}

const DEBOUNCE_MS = 200;

/** `index.json`: all objects in one file, so that a thousand of them are read at once. Written at most every 200 ms. */
export class IndexFile {
  readonly #options: IndexFileOptions;
  readonly #lines = new Map<string, string>();
  readonly #changed = new Map<string, ObjectKey>();
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: IndexFileOptions) {
    this.#options = options;
  }

  /** The object changed, came or went. */
  mark(key: ObjectKey): void {
    this.#changed.set(keyText(key), key);
    this.#timer ??= this.#options.clock.after(DEBOUNCE_MS, () => void this.flush());
  }

  /** Writes what was marked. A failure is logged; the entries are then read from their own files. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (this.#changed.size === 0) return;
    for (const [text, key] of this.#changed) {
      const entry = this.#options.lookup(key);
      if (entry === undefined) this.#lines.delete(text);
      else this.#lines.set(text, JSON.stringify(entry));
    }
    this.#changed.clear();
    const text = `{"format":1,"entries":[\n${[...this.#lines.values()].join(',\n')}\n]}\n`;
    const { path, log, assertPlace } = this.#options;
    const written = assertPlace().then(() => replaceFile(path, text));
    await written.catch(orWarn(log, 'index not written', { path }));
  }
}

/** The entry of one object as it is now in memory; undefined once it is removed. */
export function indexEntry(
  key: ObjectKey,
  { records, projection }: { records: ObjectRecords; projection: StatusProjection },
): IndexEntry | undefined {
  const object = records.get(key);
  const objectStat = records.signature(key);
  if (object === undefined || objectStat === undefined) return undefined;
  const { kind, name, path } = object;
  const shown = projection.shown(key);
  const status = shown && { statusStat: shown.signature, status: JSON.parse(shown.text).status };
  return { kind, name, path, objectStat, object, ...status };
}
