import { statfs } from 'node:fs/promises';
import { CcError } from '../../../lib/errors.ts';
import type { RunSettings } from '../services.ts';

/** `NoSpace` where less than the floor is free below the state directory, or undefined. */
export async function diskFault({
  stateDirectory,
  diskFloorBytes,
}: Pick<RunSettings, 'stateDirectory' | 'diskFloorBytes'>): Promise<CcError | undefined> {
  const { bavail, bsize } = await statfs(stateDirectory);
  if (bavail * bsize >= diskFloorBytes) return undefined;
  return new CcError('NoSpace', `less than diskFloor is free below ${stateDirectory}`, {
    remedy: 'Free disk space; the run goes on by itself then.',
  });
}
