import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { orNothingNow } from '../errors.ts';
import { PathMap } from './path-map.ts';
import { headOfLine, versionOfLine } from './record-line.ts';
import { linesIn, recordLogPath } from './record-scan.ts';

/**
 * What the log of the records below `root` has: for who looks without {@link RecordFiles} where records are lost. It is read at the first
 * question, once; who may not read it finds nothing.
 */
export class KeptRecords {
  readonly #root: string;
  #bytes: Buffer | undefined;
  #lines: PathMap<Buffer> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** The record; undefined where the log has nothing of it. */
  record(path: string): object | undefined {
    const key = relative(this.#root, path);
    // Most that are asked for were never there: a line of them has their path as JSON has it.
    if (this.#lines === undefined && !this.#read().includes(JSON.stringify(key))) return undefined;
    const line = this.#all().get(key);
    return line && versionOfLine(line)?.record;
  }

  /** First names of the records below a directory, in no order. */
  names(directory: string): string[] {
    return this.#all().names(relative(this.#root, directory));
  }

  #all(): PathMap<Buffer> {
    this.#lines ??= newestLines(this.#read());
    return this.#lines;
  }

  #read(): Buffer {
    const read = (): Buffer => readFileSync(recordLogPath(this.#root));
    this.#bytes ??= orNothingNow(read, 'ENOENT', 'ENOTDIR', 'EACCES') ?? Buffer.alloc(0);
    return this.#bytes;
  }
}

/** The newest whole line of each path. Pure. */
function newestLines(bytes: Buffer): PathMap<Buffer> {
  const lines = new PathMap<Buffer>();
  linesIn(bytes, (start, end) => {
    const line = bytes.subarray(start, end);
    const head = headOfLine(line);
    if (head?.revision === 0) lines.forget(head.path);
    else if (head !== undefined) lines.set(head.path, line);
  });
  return lines;
}

/** {@link KeptRecords.record}, for one question. */
export function keptRecord(root: string, path: string): object | undefined {
  return new KeptRecords(root).record(path);
}

/** {@link KeptRecords.names}, for one question. */
export function keptNames(root: string, directory: string): string[] {
  return new KeptRecords(root).names(directory);
}
