import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lineOfVersion } from '../../lib/fs/record-line.ts';
import { recordLogPath, scanLines } from '../../lib/fs/record-scan.ts';

/** Takes every line about a path, and about what lies below it, out of the log of the records: as if a disk had lost it. */
export function dropFromLog(root: string, path: string): void {
  const bytes = readFileSync(recordLogPath(root));
  const kept: Buffer[] = [];
  scanLines(recordLogPath(root), (head, { offset, length }) => {
    const isAbout = head !== undefined && `${head.path}/`.startsWith(`${path}/`);
    if (!isAbout) kept.push(bytes.subarray(offset, offset + length + 1));
  });
  writeFileSync(recordLogPath(root), Buffer.concat(kept));
}

/** Puts a text in the place of a record, of which the log knows nothing then. Paths are relative to the root. */
export function putInsteadOf(root: string, path: string, text: string | Uint8Array): void {
  dropFromLog(root, path);
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Removes a record, or a directory of them, from both places. */
export function loseRecord(root: string, path: string): void {
  dropFromLog(root, path);
  rmSync(join(root, path), { recursive: true });
}

/** Writes a version into the log alone, behind the back of who has it open. */
export function putInLog(root: string, path: string, record: object, revision = 1): void {
  const line = lineOfVersion({ path, revision, mode: 0o644, record });
  writeFileSync(recordLogPath(root), line, { flag: 'a' });
}
