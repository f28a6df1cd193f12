import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import { writeFileDurable } from '../fs/durable.ts';

/** The file in the spec directory that names the instance it belongs to. */
export const MARKER_FILE = '.cc-ci-instance';

export type Marker = { marker: 'Own' } | { marker: 'Missing' } | { marker: 'Foreign'; instanceId: string };

/** Whose spec directory is this? A directory that is not there has no marker. */
export async function readMarker(specDirectory: string, instanceId: string): Promise<Marker> {
  const text = await orNothing(readFile(join(specDirectory, MARKER_FILE), 'utf8'), 'ENOENT', 'ENOTDIR');
  if (text === undefined) return { marker: 'Missing' };
  return text.trim() === instanceId ? { marker: 'Own' } : { marker: 'Foreign', instanceId: text.trim() };
}

/**
 * Makes the directory this instance's. Idempotent. Never creates the directory: an empty one that bears our marker would
 * say that everything was deleted.
 * @throws system errors as they are (`ENOENT`).
 */
export async function writeMarker(specDirectory: string, instanceId: string): Promise<void> {
  await writeFileDurable(join(specDirectory, MARKER_FILE), `${instanceId}\n`, { directory: 'MustExist' });
}

/** The error for a directory of another instance. */
export function foreignMarker(specDirectory: string, own: string, foreign: string): CcError {
  return new CcError('Conflict', `${specDirectory} belongs to the instance ${foreign}, this one is ${own}`, {
    remedy: 'Give this controller another spec directory, or take it over with cc-controller --adopt-spec-directory.',
  });
}
