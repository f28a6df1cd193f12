import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { keyText, type ObjectKey } from '../api/kinds.ts';
import type { Timer } from '../clock.ts';
import { explainError, systemCode } from '../errors.ts';
import { closing } from '../fs/closing.ts';
import { giveWay } from '../give-way.ts';
import type { LineForm, ShownEntry } from './index-line.ts';
import type { ObjectRecords } from './object-records.ts';
import type { ProblemReportOptions } from './problem-report.ts';
import { type FileSignature, replaceLongFile } from './replace-file.ts';
import type { StatusProjection } from './status-projection.ts';

export interface IndexFileOptions extends ProblemReportOptions {
  /** Every object that there is. */
  keys: () => readonly ObjectKey[];
  /** How many those are. */
  count: () => number;
  /** What the file says of one object, as {@link LineForm} has it; undefined where it is gone, or not in this file. */
  lookup: (key: ObjectKey) => string | undefined;
  form: LineForm;
  /** Throws where the state directory is not there any more. */
  assertPlace: () => Promise<void>;
}

const DEBOUNCE_MS = 200;
/** A log with fewer lines than this is never too long. */
const FEW_LINES = 200;
/** Lines for each object before the log is written anew. */
const LINES_EACH = 4;
/** The same once nothing has changed for a while: whoever reads it then reads few lines that say nothing any more. */
const LINES_EACH_AT_REST = 1.25;
const REST_MS = 5_000;

/**
 * `index.jsonl`, all objects in one file, so that a thousand of them are read at once; `list.jsonl`, what a table shows of
 * them. What changed is appended, at most every 200 ms; where the log has grown long, or is not as this process left it, it
 * is written anew as a checkpoint; so it is at rest where much of it says nothing any more.
 */
export class IndexFile {
  readonly #options: IndexFileOptions;
  readonly #changed = new Map<string, ObjectKey>();
  #timer: Timer | undefined;
  #restTimer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** What this process wrote last: absent before the first checkpoint and after a failure. */
  #written: { ino: number; size: number; lines: number } | undefined;

  constructor(options: IndexFileOptions) {
    this.#options = options;
  }

  /** The object changed, came or went. */
  mark(key: ObjectKey): void {
    this.#restTimer?.cancel();
    this.#changed.set(keyText(key), key);
    this.#timer ??= this.#options.clock.after(DEBOUNCE_MS, () => void this.flush());
  }

  /** Writes what was marked. A failure is logged; the entries are then read from their own files. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#restTimer?.cancel();
    return this.#next(() => this.#write());
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(step);
    return this.#writing;
  }

  async #write(): Promise<void> {
    const changed = [...this.#changed.values()];
    if (changed.length === 0) return;
    this.#changed.clear();
    await this.#orLog(async () => {
      if (!(await this.#append(changed))) await this.#checkpoint();
    });
    if (!this.#isLong(LINES_EACH_AT_REST)) return;
    this.#restTimer = this.#options.clock.after(REST_MS, () => void this.#next(() => this.#writeAnew()));
  }

  async #writeAnew(): Promise<void> {
    if (this.#isLong(LINES_EACH_AT_REST)) await this.#orLog(() => this.#checkpoint());
  }

  async #orLog(write: () => Promise<void>): Promise<void> {
    const { path, log, assertPlace } = this.#options;
    try {
      await assertPlace();
      await write();
    } catch (error) {
      this.#written = undefined;
      log.warn('index not written', { path, error: explainError(error) });
    }
  }

  /** False where a checkpoint is needed instead. */
  async #append(changed: readonly ObjectKey[]): Promise<boolean> {
    const before = this.#written;
    const { path, lookup, form } = this.#options;
    if (before === undefined || this.#isLong(LINES_EACH, changed.length)) return false;
    const lines = before.lines + changed.length;
    const text = changed.map((key, index) => form.line(before.lines + index + 1, key, lookup(key))).join('');
    this.#written = undefined;
    const size = await appendWhereSame(path, before, text);
    if (size !== undefined) this.#written = { ino: before.ino, size, lines };
    return size !== undefined;
  }

  /** @param more lines that are about to be written. */
  #isLong(linesEach: number, more = 0): boolean {
    const lines = (this.#written?.lines ?? 0) + more;
    return lines > Math.max(FEW_LINES, linesEach * this.#options.count());
  }

  /** What changes while it is written is marked, and appended afterwards. */
  async #checkpoint(): Promise<void> {
    let lines = 0;
    const parts = this.#parts((some) => {
      lines += some;
    });
    const { ino, size } = await replaceLongFile(this.#options.path, parts);
    this.#written = { ino, size, lines };
  }

  async *#parts(count: (lines: number) => void): AsyncGenerator<string> {
    const { form, keys, lookup } = this.#options;
    yield form.head;
    for (const { text, lines } of form.whole(keys(), lookup)) {
      count(lines);
      yield text;
      await giveWay();
    }
  }
}

/** @returns the size of the file then; undefined where it is not the one that was left there, and nothing was written. */
async function appendWhereSame(
  path: string,
  before: Pick<FileSignature, 'ino' | 'size'>,
  text: string,
): Promise<number | undefined> {
  const opening = open(path, constants.O_WRONLY | constants.O_APPEND).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  });
  return await closing(await opening, async (handle) => {
    const { ino, size } = await handle.stat();
    if (ino !== before.ino || size !== before.size) return undefined;
    await handle.writeFile(text);
    return size + Buffer.byteLength(text);
  });
}

/** The entry of one object as it is now in memory; undefined once it is removed. */
export function indexEntry(
  key: ObjectKey,
  { records, projection }: { records: ObjectRecords; projection: StatusProjection },
): ShownEntry | undefined {
  const object = records.get(key);
  const objectStat = records.signature(key);
  if (object === undefined || objectStat === undefined) return undefined;
  const { kind, name, path } = object;
  const shown = projection.shown(key);
  const entry = { kind, name, path, objectStat, object };
  return shown === undefined ? { entry } : { entry: { ...entry, statusStat: shown.signature }, shown: shown.text };
}
