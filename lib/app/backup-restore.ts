import { lstat, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import type { TreePlace } from '../fs/beneath.ts';
import { closing } from '../fs/closing.ts';
import { copyTree } from '../fs/copy-tree.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import { removeEntries, removeEntry, removeTree } from '../fs/remove-tree.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import type { Volume } from '../platform/platform.ts';
import { SIBLING_PREFIX } from '../snapshot/sibling-names.ts';
import { artifactPath, atPart, type BackupPart, type BackupRecord, volumeOf } from './backup-copy.ts';

/**
 * Empties the backed-up paths of the live volumes. The artifact was verified before.
 * @throws CcError `Refused` where a link is on the way: nothing of that part is removed.
 */
export async function emptyParts(parts: readonly BackupPart[], volumes: readonly Volume[]): Promise<void> {
  for (const part of parts)
    await atPart(part, volumes, (place) => (part.path === '.' ? emptyPlace(place) : removePlace(place)));
}

async function removePlace({ directory, name }: TreePlace): Promise<void> {
  await removeEntry(directory, Buffer.from(name));
}

async function emptyPlace({ directory, name }: TreePlace): Promise<void> {
  await closing(await directory.openDirectory(name), removeEntries);
}

/**
 * Puts the parts of an artifact back and compares them with the digests taken when it was made. A part is copied beside
 * its volume, where nobody else is, and renamed into place. @throws CcError `Damaged` where a part reads back
 * differently; `Refused` (a link on the way); `Unsupported` (a whole volume that is a mount of its own); as `copyTree`.
 */
export async function putBack(
  records: readonly BackupRecord[] | readonly (BackupPart & { digest: string })[],
  volumes: readonly Volume[],
  from: { artifact: string; tools: Coreutils },
): Promise<void> {
  for (const record of records) {
    const { path } = volumeOf(record, volumes);
    const staged = await stagingFor(path, record);
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

/**
 * Beside the volume; in it where it is a mount of its own, for nothing can be renamed into that from outside.
 * @throws CcError `Unsupported` where the whole of such a volume would have to be replaced.
 */
async function stagingFor(volume: string, part: BackupPart): Promise<string> {
  const [outside, inside] = await Promise.all([stat(dirname(volume)), orNothing(lstat(volume), 'ENOENT')]);
  const mounted = inside?.isDirectory() === true && inside.dev !== outside.dev;
  if (mounted && part.path === '.')
    throw new CcError('Unsupported', `volume ${part.volume} is a mount of its own: it cannot be replaced as a whole`, {
      remedy: 'Name paths in backupbot.backup.volumes.<name>.path.',
    });
  return join(mounted ? volume : dirname(volume), `${SIBLING_PREFIX}incoming~${basename(volume)}~backup`);
}

/** @returns the digest of what is in the place then. */
async function replacePlace(place: TreePlace, staged: string, signal: AbortSignal): Promise<string> {
  await removePlace(place);
  await rename(staged, place.directory.pathOf(place.name));
  return (await treeDigest(place, signal)).digest;
}

function assertSame(record: BackupPart & { digest: string }, digest: string | undefined): void {
  if (digest === record.digest) return;
  throw new CcError('Damaged', `${record.path} of volume ${record.volume} differs from the backup after the restore`);
}
