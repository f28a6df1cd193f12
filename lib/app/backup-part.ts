import { basename, dirname, join } from 'node:path';
import { CcError } from '../errors.ts';
import { atPlaceBeneath, type PlaceOptions, type TreePlace } from '../fs/beneath.ts';
import type { Volume } from '../platform/platform.ts';

/** One path of a volume that is backed up; `.` is the whole volume. */
export interface BackupPart {
  volume: string;
  path: string;
}

/**
 * Does something with a part of a live volume by the open directory that holds it. The app may reach everything below:
 * each component, the volume's own directory too, is opened without following a link.
 * @returns undefined where a directory on the way is absent.
 * @throws CcError `DataMissing` without such a volume; `Refused` for a path that leaves it by its text or by a link.
 */
export async function atPart<T>(
  part: BackupPart,
  volumes: readonly Volume[],
  work: (place: TreePlace) => Promise<T>,
  options: PlaceOptions = {},
): Promise<T | undefined> {
  const { path } = volumeOf(part, volumes);
  return await atPlaceBeneath(dirname(path), `${basename(path)}/${relativePath(part)}`, work, options);
}

/** @throws CcError `Refused` for an absolute path, which the volume's name before it would hide. */
function relativePath({ path, volume }: BackupPart): string {
  if (!path.startsWith('/')) return path;
  throw new CcError('Refused', `the backup path ${path} leaves volume ${volume}`);
}

/** @throws CcError `DataMissing` without such a volume. */
export function volumeOf({ volume }: BackupPart, volumes: readonly Volume[]): Volume {
  const found = volumes.find((one) => one.name === volume);
  if (found === undefined) throw new CcError('DataMissing', `volume ${volume} does not exist`);
  return found;
}

/** Where a part lies in an artifact. Pure. */
export function artifactPath(artifact: string, part: BackupPart): string {
  return join(artifact, part.volume, encodeURIComponent(part.path === '.' ? 'all' : `path:${part.path}`));
}
