/** The shim's recording of what a controller wrote, and of the tree at the end of each of its children. */
import { readFileSync } from 'node:fs';

export interface Recorded {
  /** The system call; `open-empty` truncates; `tree-…` are a look at the whole tree; `exec` is a child's program. */
  call: string;
  mode: number;
  /** Of a write in its file; the new size of `ftruncate`; the process of a child. */
  offset: number;
  first: string;
  second: string;
  bytes: Buffer;
}

/** All records of a file, in order; a torn last one is left out. */
export function readRecording(path: string): Recorded[] {
  const all = readFileSync(path);
  const records: Recorded[] = [];
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf(0x0a, at);
    if (end < 0) break;
    const [call = '', mode = '0', offset = '0', first = '', second = '', size = '0'] = all
      .subarray(at, end)
      .toString('utf8')
      .split('\t');
    const next = end + 1 + Number(size);
    if (next > all.length) break;
    const bytes = all.subarray(end + 1, next);
    records.push({ call, mode: Number.parseInt(mode, 8), offset: Number(offset), first, second, bytes });
    at = next;
  }
  return records;
}
