import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CcError, orElse } from '../errors.ts';
import { atPlaceBeneath, type PlaceOptions, type TreePlace } from '../fs/beneath.ts';
import { type CopyOutOptions, copyOut } from '../fs/copy-out.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import type { Volume } from '../platform/platform.ts';
import type { BackupPlan, BackupVolume } from '../recipe/backup-labels.ts';
import { dumpFault } from './dump-check.ts';

/** A part as it is in the artifact. */
export interface BackupRecord extends BackupPart {
  digest: string;
  files: number;
  bytes: number;
  /** What came, went or changed while it was copied beside the living app: printable paths below the part. */
  unsteady: string[];
}

/** What the labels select, path by path. Pure. */
export function backupParts(plan: BackupPlan): BackupPart[] {
  const paths = ({ paths: chosen }: BackupVolume): string[] => (chosen === 'All' ? ['.'] : chosen);
  return plan.volumes.flatMap((one) => paths(one).map((path) => ({ volume: one.volume, path })));
}

/**
 * Copies the parts out of the live volumes into `artifact` and reads every copy back. What comes and goes in a
 * directory meanwhile is left out and told; what a label names has to be there before and after, and a file that it
 * names has to stay as it is. An artifact that lacks a part, holds no file at all, or has a dump that is not whole (see
 * {@link dumpFault}) is no backup. @throws CcError `DataMissing` naming what is absent or cut off; `Conflict` (a named
 * file changes all the time); `Refused` (a link on the way); as `copyOut`.
 */
export async function makeBackup(
  parts: readonly BackupPart[],
  volumes: readonly Volume[],
  to: { artifact: string; tools: Coreutils },
): Promise<BackupRecord[]> {
  const { artifact, tools } = to;
  await removeTree(artifact);
  const records: BackupRecord[] = [];
  for (const part of parts) {
    const target = artifactPath(artifact, part);
    await mkdir(dirname(target), { recursive: true });
    const unsteady = await copyPart(part, volumes, { to: target, tools });
    await assertWhole(part, target, tools.signal);
    const { digest, files, bytes } = await treeDigest(target, tools.signal);
    records.push({ ...part, digest, files, bytes, unsteady });
  }
  if (records.every((record) => record.files === 0))
    throw new CcError('DataMissing', 'the backup holds no file', {
      remedy: 'Check the backup labels and what the app has written.',
    });
  return records;
}

async function copyPart(
  part: BackupPart,
  volumes: readonly Volume[],
  options: Pick<CopyOutOptions, 'to' | 'tools'>,
): Promise<string[]> {
  const copied = await atPart(part, volumes, async (place) => {
    const stats = await place.directory.lstat(place.name);
    if (stats === undefined) return undefined;
    const unsteady = stats.isDirectory()
      ? await copyOut(place, { ...options, moment: 'Live' })
      : await copyNamed(part, place, options);
    return (await place.directory.lstat(place.name)) === undefined ? undefined : unsteady;
  });
  if (copied !== undefined) return copied;
  throw new CcError(
    'DataMissing',
    `the backup label names ${part.path} of volume ${part.volume}, which does not exist after the backup hook`,
    { remedy: 'Check the pre-hook and the path label.' },
  );
}

/** A file that a label names is the backup itself: half an old and half a new state of it would be none. */
async function copyNamed(
  part: BackupPart,
  place: TreePlace,
  options: Pick<CopyOutOptions, 'to' | 'tools'>,
): Promise<string[]> {
  await orElse(copyOut(place, { ...options, moment: 'LiveWhole' }), 'Conflict', (cause) => {
    const remedy = 'Let the pre-hook write a dump, and let the label name that.';
    const said = `${part.path} of volume ${part.volume} changed whenever it was copied`;
    throw new CcError('Conflict', said, { cause, remedy });
  });
  return [];
}

/** Of a path that a label chooses: a whole volume is the app's live data, which no rule for dumps fits. */
async function assertWhole(part: BackupPart, copy: string, signal: AbortSignal): Promise<void> {
  const fault = part.path === '.' ? undefined : await dumpFault(copy, signal);
  if (fault === undefined) return;
  const remedy = 'Let the pre-hook fail when the dump does: a pipe hides that, and so does || true.';
  throw new CcError('DataMissing', `${part.path} of volume ${part.volume} ${fault}`, { remedy });
}

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
