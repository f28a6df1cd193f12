import { statfs } from 'node:fs/promises';
import type { KindSettings } from '../../../lib/app/kind-services.ts';
import { CcError } from '../../../lib/errors.ts';

/** `NoSpace` where less than the floor is free below the state directory, or undefined. */
export async function diskFault({
  stateDirectory,
  diskFloorBytes,
}: Pick<KindSettings, 'stateDirectory' | 'diskFloorBytes'>): Promise<CcError | undefined> {
  const { bavail, bsize } = await statfs(stateDirectory);
  if (bavail * bsize >= diskFloorBytes) return undefined;
  return new CcError('NoSpace', `less than diskFloor is free below ${stateDirectory}`, {
    remedy: 'Free disk space; the run goes on by itself then.',
  });
}
