import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CcError, systemCode } from '../errors.ts';
import type { TreePlace } from '../fs/beneath.ts';
import { copyTree } from '../fs/copy-tree.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { removeEntries, removeEntry, removeTree } from '../fs/remove-tree.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import type { Volume } from '../platform/platform.ts';
import { SIBLING_PREFIX } from '../snapshot/sibling-names.ts';
import type { BackupRecord } from './backup-copy.ts';
import { artifactPath, atPart, type BackupPart, volumeOf } from './backup-part.ts';

/**
 * Empties the backed-up paths of the live volumes. The artifact was verified before.
 * @throws CcError `Refused` where a link is on the way: nothing of that part is removed.
 */
export async function emptyParts(parts: readonly BackupPart[], volumes: readonly Volume[]): Promise<void> {
  for (const part of parts) {
    await atPart(part, volumes, (place) => (part.path === '.' ? emptyPlace(place) : removePlace(place)));
  }
}

async function removePlace({ directory, name }: TreePlace): Promise<void> {
  await removeEntry(directory, Buffer.from(name));
}

async function emptyPlace({ directory, name }: TreePlace): Promise<void> {
  const volume = await directory.openDirectory(name);
  try {
    if (volume !== undefined) await removeEntries(volume);
  } finally {
    await volume?.close();
  }
}

/**
 * Puts the parts of an artifact back and compares them with the digests taken when it was made. A part is copied beside
 * its volume, where nobody else is, and renamed into place.
 * @throws CcError `Damaged` where a part reads back differently; `Refused` (a link on the way); `Unsupported` (the
 * volume is a mount of its own); as `copyTree`.
 */
export async function putBack(
  records: readonly BackupRecord[] | readonly (BackupPart & { digest: string })[],
  volumes: readonly Volume[],
  from: { artifact: string; tools: Coreutils },
): Promise<void> {
  for (const record of records) {
    const { path } = volumeOf(record, volumes);
    const staged = join(dirname(path), `${SIBLING_PREFIX}incoming~${basename(path)}~backup`);
    await removeTree(staged);
    try {
      const putIn = (place: TreePlace): Promise<string> => replacePlace(place, staged, from.tools.signal);
      await atPart(record, volumes, async () => {}, { absent: 'Make' });
      await copyTree(artifactPath(from.artifact, record), staged, from.tools);
      assertSame(record, await atPart(record, volumes, putIn, { absent: 'Make' }));
    } finally {
      await removeTree(staged);
    }
  }
}

/** @returns the digest of what is in the place then. */
async function replacePlace(place: TreePlace, staged: string, signal: AbortSignal): Promise<string> {
  await removePlace(place);
  try {
    await rename(staged, place.directory.pathOf(place.name));
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    throw new CcError('Unsupported', `${place.directory.where} is a mount of its own: nothing can be renamed into it`, {
      cause: error,
      remedy: 'Use volumes that lie in the directory of the engine.',
    });
  }
  return (await treeDigest(place, signal)).digest;
}

function assertSame(record: BackupPart & { digest: string }, digest: string | undefined): void {
  if (digest === record.digest) return;
  throw new CcError('Damaged', `${record.path} of volume ${record.volume} differs from the backup after the restore`);
}
