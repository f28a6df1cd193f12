import { orNothing } from '../errors.ts';
import { openDirectoryBeneath } from '../fs/beneath.ts';
import { closing } from '../fs/closing.ts';
import type { DirectoryHandle } from '../fs/directory-handle.ts';

const MAGIC = 'SQLite format 3\0';
/** A volume may hold millions of files: only its upper part is looked at, and the rest left alone. */
const MOST = { depth: 4, entries: 3_000, files: 8 };

interface Search {
  found: string[];
  entries: number;
  signal: AbortSignal;
}

/**
 * Databases of SQLite in a volume, by their first bytes: paths relative to it, sorted. Bounded in depth and number; what
 * vanishes meanwhile, is a link, or may not be read is passed over. @throws CcError `Aborted`; other system errors.
 */
export async function sqliteFiles(volume: string, signal: AbortSignal): Promise<string[]> {
  const search = { found: [], entries: 0, signal };
  await closing(await openDirectoryBeneath(volume, '.'), (root) => searchIn(root, '', search));
  return search.found.sort();
}

async function searchIn(directory: DirectoryHandle, path: string, search: Search): Promise<void> {
  for (const bytes of await directory.entries()) {
    const name = bytes.toString();
    search.entries += 1;
    if (search.signal.aborted || search.entries > MOST.entries || search.found.length >= MOST.files) return;
    if (!Buffer.from(name).equals(bytes)) continue;
    await orNothing(searchAt(directory, name, { path: path === '' ? name : `${path}/${name}`, search }), 'Refused');
  }
}

async function searchAt(
  directory: DirectoryHandle,
  name: string,
  { path, search }: { path: string; search: Search },
): Promise<void> {
  const stats = await directory.lstat(name);
  if (stats?.isDirectory() && path.split('/').length < MOST.depth)
    await closing(await directory.openDirectory(name), (below) => searchIn(below, path, search));
  if (stats?.isFile() && stats.size >= MAGIC.length && (await beginsAsDatabase(directory, name)))
    search.found.push(path);
}

async function beginsAsDatabase(directory: DirectoryHandle, name: string): Promise<boolean> {
  const read = await closing(await directory.openFile(name), (file) =>
    file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0),
  );
  return read?.buffer.toString('latin1') === MAGIC;
}
