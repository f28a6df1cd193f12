import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CcError } from '../errors.ts';
import { type CopyOutOptions, copyOut } from '../fs/copy-out.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import type { Volume } from '../platform/platform.ts';
import type { BackupPlan, BackupVolume } from '../recipe/backup-labels.ts';
import { artifactPath, atPart, type BackupPart } from './backup-part.ts';
import { dumpFault } from './dump-check.ts';

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
 * @throws CcError `DataMissing` naming what is absent or cut off; `Refused` (a link on the way); as `copyOut`.
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
    await copyPart(part, volumes, { to: target, tools, moment: 'Live' });
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

async function copyPart(part: BackupPart, volumes: readonly Volume[], options: CopyOutOptions): Promise<void> {
  const copied = await atPart(part, volumes, async (place) => {
    if ((await place.directory.lstat(place.name)) === undefined) return false;
    await copyOut(place, options);
    return true;
  });
  if (copied) return;
  throw new CcError(
    'DataMissing',
    `the backup label names ${part.path} of volume ${part.volume}, which does not exist after the backup hook`,
    { remedy: 'Check the pre-hook and the path label.' },
  );
}

/** Of a path that a label chooses: a whole volume is the app's live data, which no rule for dumps fits. */
async function assertWhole(part: BackupPart, copy: string, signal: AbortSignal): Promise<void> {
  const fault = part.path === '.' ? undefined : await dumpFault(copy, signal);
  if (fault === undefined) return;
  throw new CcError('DataMissing', `${part.path} of volume ${part.volume} ${fault}`, {
    remedy: 'Let the pre-hook fail when the dump does: a pipe hides that, and so does || true.',
  });
}
