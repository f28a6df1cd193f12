import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError, systemCode } from '../errors.ts';
import { removeSeen } from '../fs/seen-file.ts';
import type { StoredObject } from '../store/store.ts';
import { claimOf, findSpecFile, type InputFile } from './spec-input.ts';

/** What the controller remembers of an object's file. */
export type Recorded = Pick<StoredObject, 'kind' | 'name' | 'path' | 'source'>;

/**
 * The file that holds the object now: the one that the controller took it from, where it still does, else one that it
 * was moved to. Undefined: none does, for the file is gone or was made another object.
 * @throws CcError `Refused` where the file of the object cannot be read, or says nothing that can be.
 */
export async function fileOfObject(object: Recorded, specDirectory: string): Promise<InputFile | undefined> {
  const { path, source } = object;
  const recorded = await readRecorded(path);
  const claim = recorded && claimOf(recorded, object);
  if (claim === 'Object') return recorded;
  if (claim === 'Unreadable') {
    const remedy = 'Mend the file, or move it away yourself. Nothing was changed.';
    throw new CcError('Refused', `${path} does not say which object it is: it may hold other work by now`, { remedy });
  }
  return findSpecFile(source === 'State' ? dirname(path) : specDirectory, object);
}

/**
 * Removes a spec file as it was looked at. Idempotent.
 * @throws CcError `Conflict` where it was edited meanwhile; `Refused` where it cannot be removed.
 */
export async function removeSpecFile({ path, bytes }: InputFile): Promise<void> {
  if ((await taken(path, bytes)) === 'Changed') throw editedMeanwhile(path);
}

/** The error for a file that is not as it was looked at. */
export function editedMeanwhile(path: string): CcError {
  const remedy = 'Look at it, then say it again. Nothing was changed.';
  return new CcError('Conflict', `${path} was edited meanwhile`, { remedy });
}

async function readRecorded(path: string): Promise<InputFile | undefined> {
  try {
    return { path, bytes: await readFile(path) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw notRemovable(path, error);
  }
}

async function taken(path: string, bytes: Uint8Array): Promise<string> {
  try {
    return await removeSeen(path, bytes);
  } catch (error) {
    if (error instanceof CcError) throw error;
    throw notRemovable(path, error);
  }
}

function notRemovable(path: string, cause: unknown): CcError {
  const remedy = 'Remove it where it is made (a read-only spec directory is usually generated). Nothing was changed.';
  return new CcError('Refused', `${path} cannot be read and removed`, { cause, remedy });
}
