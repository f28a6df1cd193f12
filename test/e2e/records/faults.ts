import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** What happens to a file. */
export const FAULTS = ['Loss', 'Emptiness', 'Garbage', 'OlderCopy'] as const;
export type Fault = (typeof FAULTS)[number];

/** Paths of all files and links below a directory, relative, sorted; no link is followed. */
export function filesBelow(root: string, below = ''): string[] {
  return readdirSync(join(root, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(below, entry.name);
      return entry.isDirectory() ? filesBelow(root, path) : [path];
    })
    .sort();
}

/** Does it; false where the file has no such fault: no older version, or it is empty already. */
export function inflict(
  fault: Fault,
  { state, path, versions }: { state: string; path: string; versions: readonly string[] },
): boolean {
  const file = join(state, path);
  switch (fault) {
    case 'Loss':
      rmSync(file, { recursive: true });
      return true;
    case 'Emptiness':
      return replace(file, '');
    case 'Garbage':
      return replace(file, garbled(file));
    case 'OlderCopy':
      return putBack(file, olderOf(path, versions, contentOf(file)));
  }
}

function replace(file: string, text: string | Buffer): boolean {
  if (contentOf(file) === contentText(text)) return false;
  rmSync(file);
  writeFileSync(file, text);
  return true;
}

/** The first half of what was there, then bytes that are no text. */
function garbled(file: string): Buffer {
  const before = lstatSync(file).isSymbolicLink() ? Buffer.alloc(0) : readFileSync(file);
  return Buffer.concat([before.subarray(0, before.length / 2), Buffer.from([0, 0xff, 0x7b, 0])]);
}

function putBack(file: string, older: string | undefined): boolean {
  if (older === undefined) return false;
  rmSync(file);
  mkdirSync(dirname(file), { recursive: true });
  if (lstatSync(older).isSymbolicLink()) symlinkSync(readlinkSync(older), file);
  else writeFileSync(file, readFileSync(older));
  return true;
}

/** The newest version of the file that differs. */
function olderOf(path: string, versions: readonly string[], now: string): string | undefined {
  return versions.map((version) => join(version, path)).findLast((file) => existsSync(file) && contentOf(file) !== now);
}

function contentOf(file: string): string {
  return lstatSync(file).isSymbolicLink() ? `→ ${readlinkSync(file)}` : contentText(readFileSync(file));
}

function contentText(text: string | Buffer): string {
  return Buffer.from(text).toString('latin1');
}
