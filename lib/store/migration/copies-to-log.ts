import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isRecord } from '../../api/objects.ts';
import { hasCode, orNothing } from '../../errors.ts';
import { writeFileDurable } from '../../fs/durable.ts';
import { readJsonOrNothing } from '../../fs/read-json.ts';
import type { RecordFiles } from '../../fs/record-files.ts';
import { recordLogPath } from '../../fs/record-scan.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { smallFiles } from '../../fs/small-files.ts';
import { forEachBounded } from '../../serial.ts';
import type { FormatStep } from './format-step.ts';

/** Where each record had its second place in the first format, as a file of its own. */
const COPIES = 'copies';
const AT_ONCE = 64;

/**
 * To format 2: the second place of all records is one log. A record that is lost, cannot be read, or is older than its copy is
 * put back from that; then it is taken into the log, as each record is that somebody looks at.
 */
export const copiesToLog: FormatStep = {
  to: 2,
  what: 'second copies of records become one log',
  async apply(files) {
    const copies = join(files.root, COPIES);
    // Of an earlier time, where somebody went back to the first format: what this one wrote is newer, whatever that says.
    await smallFiles.rm(recordLogPath(files.root));
    await forEachBounded(await filesBelow(copies), AT_ONCE, (copy) => takeIn(files, copy, copies));
    await removeTree(copies);
  },
};

/**
 * Puts `instance.json` back from its copy where it is lost or older, before anybody asks what format it names. Only the first
 * format has copies.
 */
export async function instanceFromCopy(stateDirectory: string): Promise<void> {
  const [copy, place] = [join(stateDirectory, COPIES, 'instance.json'), join(stateDirectory, 'instance.json')];
  const [kept, own] = await Promise.all([revisionAt(copy), revisionAt(place)]);
  if (kept !== undefined && (own === undefined || own < kept)) await putBack(copy, place);
}

async function takeIn(files: RecordFiles, copy: string, copies: string): Promise<void> {
  const place = join(files.root, relative(copies, copy));
  const [kept, own] = await Promise.all([revisionAt(copy), revisionAt(place)]);
  if (kept !== undefined && (own === undefined || own < kept)) await putBack(copy, place);
  try {
    await files.read(place);
  } catch (error) {
    // Neither could be read before either: it is told by who needs the record.
    if (!hasCode(error, 'Damaged')) throw error;
  }
}

async function putBack(copy: string, place: string): Promise<void> {
  const stats = await smallFiles.stat(copy);
  const text = await smallFiles.readFile(copy);
  if (stats !== undefined && text !== undefined) await writeFileDurable(place, text, { mode: stats.mode & 0o777 });
}

/** Undefined where nothing that can be read is there. */
async function revisionAt(path: string): Promise<number | undefined> {
  const record = await readJsonOrNothing<{ recordRevision?: number }>(path);
  if (!isRecord(record) || Object.keys(record).length === 0) return undefined;
  return Number.isSafeInteger(record.recordRevision) ? Number(record.recordRevision) : 0;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = (await orNothing(readdir(directory, { withFileTypes: true, recursive: true }), 'ENOENT')) ?? [];
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
}
