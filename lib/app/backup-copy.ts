import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { CcError } from '../errors.ts';
import { copyTree } from '../fs/copy-tree.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { exists } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import type { Volume } from '../platform/platform.ts';
import type { BackupPlan, BackupVolume } from '../recipe/backup-labels.ts';
import { dumpFault } from './dump-check.ts';

/** One path of a volume that is backed up; `.` is the whole volume. */
export interface BackupPart {
  volume: string;
  path: string;
}

/** A part as it is in the artifact. */
export interface BackupRecord extends BackupPart {
  digest: string;
  files: number;
  bytes: number;
}

/** What the labels select, path by path. Pure. */
export function backupParts(plan: BackupPlan): BackupPart[] {
  const paths = ({ paths: chosen }: BackupVolume): string[] => (chosen === 'All' ? ['.'] : chosen);
  return plan.volumes.flatMap((one) => paths(one).map((path) => ({ volume: one.volume, path })));
}

/**
 * Copies the parts out of the live volumes into `artifact` and reads every copy back. An artifact that lacks a part,
 * holds no file at all, or has a dump that is not whole (see {@link dumpFault}) is no backup.
 * @throws CcError `DataMissing` naming what is absent or cut off; as `copyTree`.
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
    const from = livePath(part, volumes);
    if (!(await exists(from))) {
      throw new CcError(
        'DataMissing',
        `the backup label names ${part.path} of volume ${part.volume}, which does not exist after the backup hook`,
        {
          remedy: 'Check the pre-hook and the path label.',
        },
      );
    }
    const target = artifactPath(artifact, part);
    await mkdir(dirname(target), { recursive: true });
    await copyTree(from, target, tools);
    await assertWhole(part, target, tools.signal);
    const { digest, files, bytes } = await treeDigest(target, tools.signal);
    records.push({ ...part, digest, files, bytes });
  }
  if (records.every((record) => record.files === 0)) {
    throw new CcError('DataMissing', 'the backup holds no file', {
      remedy: 'Check the backup labels and what the app has written.',
    });
  }
  return records;
}

/** Of a path that a label chooses: a whole volume is the app's live data, which no rule for dumps fits. */
async function assertWhole(part: BackupPart, copy: string, signal: AbortSignal): Promise<void> {
  const fault = part.path === '.' ? undefined : await dumpFault(copy, signal);
  if (fault === undefined) return;
  throw new CcError('DataMissing', `${part.path} of volume ${part.volume} ${fault}`, {
    remedy: 'Let the pre-hook fail when the dump does: a pipe hides that, and so does || true.',
  });
}

/** Empties the backed-up paths of the live volumes. The artifact was verified before. */
export async function emptyParts(parts: readonly BackupPart[], volumes: readonly Volume[]): Promise<void> {
  for (const part of parts) {
    const path = livePath(part, volumes);
    if (part.path !== '.') await rm(path, { recursive: true, force: true });
    else for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
  }
}

/**
 * Puts the parts of an artifact back and compares them with the digests taken when it was made.
 * @throws CcError `Damaged` where a part reads back differently.
 */
export async function putBack(
  records: readonly BackupRecord[] | readonly (BackupPart & { digest: string })[],
  volumes: readonly Volume[],
  from: { artifact: string; tools: Coreutils },
): Promise<void> {
  for (const record of records) {
    const live = livePath(record, volumes);
    await replacePart(artifactPath(from.artifact, record), live, record.path === '.', from.tools);
    const { digest } = await treeDigest(live, from.tools.signal);
    if (digest !== record.digest) {
      throw new CcError(
        'Damaged',
        `${record.path} of volume ${record.volume} differs from the backup after the restore`,
      );
    }
  }
}

async function replacePart(from: string, live: string, wholeVolume: boolean, tools: Coreutils): Promise<void> {
  await rm(live, { recursive: true, force: true });
  if (!wholeVolume) await mkdir(dirname(live), { recursive: true });
  await copyTree(from, live, tools);
}

/** @throws CcError `DataMissing` without such a volume, `Refused` for a path that leaves it. */
function livePath(part: BackupPart, volumes: readonly Volume[]): string {
  const volume = volumes.find((one) => one.name === part.volume);
  if (!volume) throw new CcError('DataMissing', `volume ${part.volume} does not exist`);
  const path = resolve(volume.path, part.path);
  if (path === volume.path || path.startsWith(volume.path + sep)) return path;
  throw new CcError('Refused', `the backup path ${part.path} leaves volume ${part.volume}`);
}

function artifactPath(artifact: string, part: BackupPart): string {
  return join(artifact, part.volume, encodeURIComponent(part.path === '.' ? 'all' : `path:${part.path}`));
}
