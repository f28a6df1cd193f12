import { createHash } from 'node:crypto';
import { atPlace, walkTree } from '../fs/tree-walk.ts';

/**
 * What tells, without reading any file, whether a tree that is ours alone is still the one it was: names, inodes, sizes,
 * owners, modes and change times of all entries. No write goes by it but that of the disk itself.
 * @throws CcError as `walkTree`, and `DataMissing` (the directory above it is absent).
 */
export async function fingerprintOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await atPlace(path, async (place) => {
    for await (const { path: name, stats } of walkTree(place, { signal, look: async () => undefined })) {
      const { ino, size, mode, uid, gid, ctimeNs } = stats;
      hash.update(name).update(`\0${ino} ${size} ${mode} ${uid} ${gid} ${ctimeNs}\0`);
    }
  });
  return hash.digest('hex');
}
