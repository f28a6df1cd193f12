import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import type { SecretMask } from './secret-mask.ts';

/** One file of the log grows to this size, bytes; there are two of them, `log` and `log.1`. */
export const LOG_FILE_BYTES = 5 * 1024 * 1024;

/** A line longer than this, bytes, is written in pieces. */
const LONGEST_LINE_BYTES = 64 * 1024;

export interface RotatingLogOptions {
  path: string;
  mask: SecretMask;
  /** Default {@link LOG_FILE_BYTES}. */
  fileBytes?: number;
}

/** One stream of a service into the log; lines of two streams do not mix. */
export interface LogStream {
  write(chunk: Buffer): void;
  /** Writes what is left without a newline. */
  end(): void;
}

/** Appends whole masked lines to a file and rotates it. A full disk drops lines: the service is worth more than its log. */
export class RotatingLog {
  readonly #path: string;
  readonly #mask: SecretMask;
  readonly #fileBytes: number;
  #file: number;
  #size: number;

  constructor(options: RotatingLogOptions) {
    this.#path = options.path;
    this.#mask = options.mask;
    this.#fileBytes = options.fileBytes ?? LOG_FILE_BYTES;
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  stream(): LogStream {
    let held: Buffer = Buffer.alloc(0);
    return {
      write: (chunk) => {
        held = this.#writeLines(held.length === 0 ? chunk : Buffer.concat([held, chunk]));
      },
      end: () => {
        if (held.length > 0) this.#append(Buffer.concat([this.#mask.apply(held), Buffer.from('\n')]));
        held = Buffer.alloc(0);
      },
    };
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Writes all whole lines, and of an overlong one all that holds no begun value; returns the rest. */
  #writeLines(bytes: Buffer): Buffer {
    const end = bytes.lastIndexOf(10) + 1;
    if (end > 0) this.#append(this.#mask.apply(bytes.subarray(0, end)));
    const rest = bytes.subarray(end);
    if (rest.length <= LONGEST_LINE_BYTES) return rest;
    const masked = this.#mask.apply(rest);
    const cut = masked.length - this.#mask.overlap;
    this.#append(masked.subarray(0, cut));
    return masked.subarray(cut);
  }

  #append(bytes: Buffer): void {
    try {
      if (this.#size > 0 && this.#size + bytes.length > this.#fileBytes) this.#rotate();
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
  }
}
