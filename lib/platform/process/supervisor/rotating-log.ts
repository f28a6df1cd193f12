import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Mask } from '../../../checks/mask.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import { orNothing } from '../../../errors.ts';
import { LogTimes } from '../../../fs/log-times.ts';

/** One file of the log grows to this size, bytes; there are two of them, `log` and `log.1`. */
const LOG_FILE_BYTES = 5 * 1024 * 1024;

/** A line longer than this, bytes, is written in pieces. */
const LONGEST_LINE_BYTES = 64 * 1024;

export interface RotatingLogOptions {
  path: string;
  mask: Mask;
  /** Default {@link LOG_FILE_BYTES}. */
  fileBytes?: number;
  /** Default: that of the system. */
  clock?: Clock;
}

/** One stream of a service into the log; lines of two streams do not mix. */
export interface LogStream {
  write(chunk: Buffer): void;
  /** Writes what is left without a newline. */
  end(): void;
}

/** Appends whole masked lines to a file, notes when ({@link LogTimes}), and rotates it. A full disk drops lines: the service is worth more than its log. */
export class RotatingLog {
  readonly #path: string;
  readonly #mask: Mask;
  readonly #fileBytes: number;
  readonly #times: LogTimes;
  #file: number;
  #size: number;

  constructor(options: RotatingLogOptions) {
    this.#path = options.path;
    this.#mask = options.mask;
    this.#fileBytes = options.fileBytes ?? LOG_FILE_BYTES;
    this.#times = new LogTimes(options.path, options.clock ?? systemClock);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  stream(): LogStream {
    const mask = this.#mask.stream();
    let held: Buffer = Buffer.alloc(0);
    const take = (bytes: Buffer): Buffer => (held.length === 0 ? bytes : Buffer.concat([held, bytes]));
    return {
      write: (chunk) => {
        held = this.#writeLines(take(mask.push(chunk)));
      },
      end: () => {
        const rest = this.#writeLines(take(mask.end()));
        if (rest.length > 0) this.#append(Buffer.concat([rest, Buffer.from('\n')]));
        held = Buffer.alloc(0);
      },
    };
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Writes all whole lines, and an overlong one as far as it goes; returns the rest. */
  #writeLines(masked: Buffer): Buffer {
    const end = masked.length > LONGEST_LINE_BYTES ? masked.length : masked.lastIndexOf(10) + 1;
    if (end > 0) this.#append(masked.subarray(0, end));
    return masked.subarray(end);
  }

  #append(bytes: Buffer): void {
    try {
      if (this.#size > 0 && this.#size + bytes.length > this.#fileBytes) this.#rotate();
      this.#times.before(this.#size);
      this.#size += writeSync(this.#file, bytes);
    } catch {
      // No space: the line is lost.
    }
  }

  #rotate(): void {
    // Absent: it was put aside at a try before, and no file could be opened in its place.
    if (existsSync(this.#path)) renameSync(this.#path, `${this.#path}.1`);
    // Opened before the other is closed: where it cannot be, the log goes on in the file that it has.
    const next = openSync(this.#path, 'a', 0o600);
    closeSync(this.#file);
    this.#file = next;
    this.#size = 0;
    this.#times.rotated();
  }
}

/** The last `tail` lines (default all) of a rotated log, oldest first; bytes that are no UTF-8 are replaced. Absent is empty. */
export async function readServiceLog(path: string, tail = Number.POSITIVE_INFINITY): Promise<string[]> {
  if (tail <= 0) return [];
  const newest = lines(await readText(path));
  if (newest.length >= tail) return newest.slice(-tail);
  const all = [...lines(await readText(`${path}.1`)), ...newest];
  return all.slice(-Math.min(tail, all.length) || all.length);
}

function lines(text: string): string[] {
  const found = text.split('\n');
  if (found.at(-1) === '') found.pop();
  return found;
}

async function readText(path: string): Promise<string> {
  return (await orNothing(readFile(path, 'utf8'), 'ENOENT')) ?? '';
}
