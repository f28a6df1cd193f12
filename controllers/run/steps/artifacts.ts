import { orElse } from '../../../lib/errors.ts';
import { atPlaceBeneath, openDirectoryBeneath, type TreePlace } from '../../../lib/fs/beneath.ts';
import { DirectoryHandle } from '../../../lib/fs/directory-handle.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { removeEntry } from '../../../lib/fs/remove-tree.ts';

const ARTIFACTS = 'artifacts';

/**
 * Makes the directory of a command's artifacts anew and empty, and gives its path. What an earlier command has put in
 * the place of a directory on the way is removed, not followed. @throws CcError `InvalidInput` for more than a name.
 */
export async function makeArtifacts(runDirectory: string, name: string): Promise<string> {
  const directory = joinInside(runDirectory, ARTIFACTS, name);
  await dropUnlessDirectory(runDirectory);
  const path = `${ARTIFACTS}/${name}`;
  const make = async (place: TreePlace): Promise<void> => {
    await removeEntry(place.directory, Buffer.from(place.name));
    await place.directory.makeDirectory(place.name);
  };
  await atPlaceBeneath(runDirectory, path, make, { absent: 'Make' });
  return directory;
}

async function dropUnlessDirectory(runDirectory: string): Promise<void> {
  const run = await DirectoryHandle.open(runDirectory);
  try {
    if (run === undefined) return;
    const facts = await run.lstat(ARTIFACTS);
    if (facts !== undefined && !facts.isDirectory()) await removeEntry(run, Buffer.from(ARTIFACTS));
  } finally {
    await run?.close();
  }
}

/**
 * Whether the directory of artifacts is what it was: no link, nor below one. To be asked once the command has ended and
 * before anything is read or masked there.
 */
export async function areArtifactsInPlace(runDirectory: string, name: string): Promise<boolean> {
  const opened = openDirectoryBeneath(runDirectory, `${ARTIFACTS}/${name}`).then((directory) => directory?.close());
  return await orElse(
    opened.then(() => true),
    'Refused',
    () => false,
  );
}
