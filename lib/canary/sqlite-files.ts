import { hasCode } from '../errors.ts';
import { openDirectoryBeneath } from '../fs/beneath.ts';
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
  const root = await openDirectoryBeneath(volume, '.');
  if (root !== undefined) await searchIn(root, '', search);
  return search.found.sort();
}

/** Closes the directory. */
async function searchIn(directory: DirectoryHandle, path: string, search: Search): Promise<void> {
  try {
    for (const bytes of await directory.entries()) {
      const name = bytes.toString();
      search.entries += 1;
      if (search.signal.aborted || search.entries > MOST.entries || search.found.length >= MOST.files) return;
      if (!Buffer.from(name).equals(bytes)) continue;
      await unlessSwapped(() => searchAt(directory, name, { path: path === '' ? name : `${path}/${name}`, search }));
    }
  } finally {
    await directory.close();
  }
}

async function searchAt(
  directory: DirectoryHandle,
  name: string,
  { path, search }: { path: string; search: Search },
): Promise<void> {
  const stats = await directory.lstat(name);
  if (stats?.isDirectory() && path.split('/').length < MOST.depth) {
    const below = await directory.openDirectory(name);
    if (below !== undefined) await searchIn(below, path, search);
  }
  if (stats?.isFile() && stats.size >= MAGIC.length && (await beginsAsDatabase(directory, name)))
    search.found.push(path);
}

async function beginsAsDatabase(directory: DirectoryHandle, name: string): Promise<boolean> {
  const file = await directory.openFile(name);
  try {
    const read = await file?.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return read?.buffer.toString('latin1') === MAGIC;
  } finally {
    await file?.close();
  }
}

async function unlessSwapped(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!hasCode(error, 'Refused')) throw error;
  }
}
