import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Regular files of a directory, by path. */
export type KeptTree = ReadonlyMap<string, { bytes: Buffer; mode: number }>;

/** Reads a small directory into memory, so that later tests need not make it with programs again. */
export async function keepTree(directory: string): Promise<KeptTree> {
  const tree = new Map<string, { bytes: Buffer; mode: number }>();
  for (const path of await readdir(directory, { recursive: true })) {
    const found = await stat(join(directory, path));
    if (found.isFile()) tree.set(path, { bytes: await readFile(join(directory, path)), mode: found.mode & 0o777 });
  }
  return tree;
}

/** Writes it elsewhere. Empty directories are not kept. */
export async function writeTree(tree: KeptTree, directory: string): Promise<void> {
  for (const [path, { bytes, mode }] of tree) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes, { mode });
  }
}
