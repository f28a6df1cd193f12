import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orNothing } from '../errors.ts';
import { smallFiles } from '../fs/small-files.ts';

/** Name of the older half of a log that has been rotated. */
const older = (path: string): string => `${path}.1`;

/**
 * Appends `value` as one line of JSON. The file is renamed to `<path>.1` once it is longer than `limitBytes`, so that
 * at most about twice that is kept. Not synchronised to disk. Callers append to one path one at a time.
 */
export async function appendLine(path: string, value: unknown, limitBytes: number): Promise<void> {
  await appendText(path, `${JSON.stringify(value)}\n`, limitBytes);
}

/** As {@link appendLine}: whole lines of JSON, each with its end, at once. */
export async function appendText(path: string, lines: string, limitBytes: number): Promise<void> {
  const there = await smallFiles.stat(path);
  if (there !== undefined && there.size + lines.length > limitBytes) await smallFiles.rename(path, older(path));
  const append = smallFiles.appendFile(path, lines).then(() => true);
  if (await orNothing(append, 'ENOENT')) return;
  await orNothing(mkdir(dirname(path)), 'EEXIST');
  await smallFiles.appendFile(path, lines);
}

/** The last `limit` values of a log, oldest first; empty where there is none. Lines that a crash cut are left out. */
export async function readLines<T>(path: string, limit: number): Promise<T[]> {
  const lines = await linesOf(path);
  if (lines.length < limit) lines.unshift(...(await linesOf(older(path))));
  return lines.slice(-limit).flatMap((line) => parseLine<T>(line));
}

async function linesOf(path: string): Promise<string[]> {
  const text = (await smallFiles.readFile(path)) ?? '';
  return text.split('\n').filter((line) => line !== '');
}

function parseLine<T>(line: string): T[] {
  try {
    return [JSON.parse(line) as T];
  } catch {
    return [];
  }
}
