import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { orNothingNow } from '../errors.ts';
import { headOfLine, type RecordHead } from './record-line.ts';

/** `records.jsonl`, below the root of the records. Pure. */
export function recordLogPath(root: string): string {
  return join(root, 'records.jsonl');
}

/** Some bytes of a file. */
export interface Place {
  offset: number;
  length: number;
}

const PART = 2 ** 20;
/** The end of a line. */
export const NEWLINE = 10;

/**
 * Tells `take` of each line of the log at `path`, in order, with what it says; undefined where it is not whole. What comes
 * after the last newline was not written to its end, and is passed over. @returns where that begins: 0 without a file.
 */
export function scanLines(path: string, take: (head: RecordHead | undefined, place: Place) => void): number {
  const fd = orNothingNow(() => openSync(path, 'r'), 'ENOENT', 'ENOTDIR');
  if (fd === undefined) return 0;
  try {
    // Parts of a line that goes on are joined once its end is there: a stretch without one may be long.
    let [open, offset, read]: [Buffer[], number, number] = [[], 0, 0];
    for (let part = partAt(fd, read); part.length > 0; part = partAt(fd, read)) {
      read += part.length;
      open.push(part);
      if (!part.includes(NEWLINE)) continue;
      const data = Buffer.concat(open);
      const taken = linesIn(data, (start, end) =>
        take(headOfLine(data.subarray(start, end)), { offset: offset + start, length: end - start }),
      );
      offset += taken;
      open = [data.subarray(taken)];
    }
    return offset;
  } finally {
    closeSync(fd);
  }
}

/** The bytes there; fewer where the file ends before. */
export function bytesAt(fd: number, { offset, length }: Place): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  for (let more = -1; read < length && more !== 0; read += more)
    more = readSync(fd, bytes, read, length - read, offset + read);
  return bytes.subarray(0, read);
}

function partAt(fd: number, offset: number): Buffer {
  return bytesAt(fd, { offset, length: PART });
}

/** Tells `take` where each line begins and ends, without its newline. @returns where the last one that is whole ends. Pure. */
export function linesIn(data: Buffer, take: (start: number, end: number) => void): number {
  let start = 0;
  for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
    take(start, end);
    start = end + 1;
  }
  return start;
}
