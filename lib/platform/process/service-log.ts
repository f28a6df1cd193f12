import { readFile } from 'node:fs/promises';
import { systemCode } from '../../errors.ts';

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
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}
