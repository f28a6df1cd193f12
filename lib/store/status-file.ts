import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import { syncDirectory } from '../fs/durable.ts';

/**
 * Whether what lies at the place of a status file was written by a person: a resource, or another mapping without a
 * `status`. An edited, torn or empty projection is ours to replace. Pure; looks at top-level keys only.
 */
function isPersonsOwn(text: string): boolean {
  const keys = topLevelKeys(text);
  return keys.includes('spec') || (keys.length > 0 && !keys.includes('status'));
}

/**
 * Refuses where a person's own file lies at the place of a status file. A missing one is fine.
 * @throws CcError `Refused` with the remedy; system errors as they are.
 */
export async function assertReplaceable(path: string): Promise<void> {
  const text = await orNothing(readFile(path, 'utf8'), 'ENOENT');
  if (text === undefined || !isPersonsOwn(text)) return;
  const remedy = 'Rename it: names that end in .status.yaml belong to the controller and are not read as specs.';
  throw new CcError('Refused', `${path} is a file of somebody's own, not a status`, { remedy });
}

/**
 * Removes a status file, but for a person's own file and for the status of another object than `uid`. Durable: once the
 * object is forgotten, nobody would ever look for one that a power cut brought back. Absent is success.
 * @throws system errors as they are.
 */
export async function removeStatusFile(path: string, uid?: string, sync = syncDirectory): Promise<void> {
  const text = await orNothing(readFile(path, 'utf8'), 'ENOENT');
  if (text !== undefined && isPersonsOwn(text)) return;
  const shown = /^ {2}uid: (\S+)$/m.exec(text ?? '')?.[1];
  if (shown !== undefined && shown !== uid) return;
  await rm(path, { force: true });
  await sync(dirname(path));
}

function topLevelKeys(text: string): string[] {
  const json = jsonKeys(text);
  if (json !== undefined) return json;
  return [...text.matchAll(/^["']?([A-Za-z][\w.-]*)["']?\s*:(?:\s|$)/gm)].map(([, key]) => key ?? '');
}

function jsonKeys(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return Object.keys(JSON.parse(text));
  } catch {
    return undefined;
  }
}
