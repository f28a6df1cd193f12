import { closing } from './closing.ts';
import { throwIfAborted } from './coreutils.ts';
import { translateNoSpace } from './no-space.ts';
import { atPlace, type OpenEntry, walkTree } from './tree-walk.ts';

/** Beyond so many entries one call for the whole file system is cheaper than one for each. */
const FEW = 64;

/**
 * Makes a small tree of ours durable by an fsync of each file and directory: no child, and nothing is waited for that
 * others wrote to the same file system. Links are durable with the directory that holds them. Nobody writes to it meanwhile.
 * @returns `TooMany`: it has more than a few entries, and is not durable yet.
 * @throws CcError `NoSpace`, `Aborted`, `Conflict` where it changes meanwhile; other system errors as they are.
 */
export async function syncFiles(path: string, signal: AbortSignal): Promise<'Durable' | 'TooMany'> {
  let seen = 0;
  const look = async (entry: OpenEntry): Promise<void> => {
    seen += 1;
    if (seen <= FEW) await syncEntry(entry);
  };
  try {
    return await atPlace(path, async (place) => {
      for await (const _ of walkTree(place, { signal, look })) if (seen > FEW) return 'TooMany';
      throwIfAborted(signal);
      return 'Durable';
    });
  } catch (error) {
    throw translateNoSpace(error, `making ${path} durable`);
  }
}

async function syncEntry({ directory, name, stats }: OpenEntry): Promise<void> {
  if (stats.isDirectory()) await closing(await directory.openDirectory(name), (handle) => handle.sync());
  if (stats.isFile()) await closing(await directory.openFile(name), (handle) => handle.sync());
}
