import type { TreePlace } from './beneath.ts';
import { ChangeTimes } from './tar-digest.ts';
import { walkTree } from './tree-walk.ts';

/** More entries are not looked at. */
const FEW = 32;
const MIB = 1024 * 1024;
/** The content of such a tree, bytes: less is copied in no time, more may not be in memory any more when it is read again. */
const LEAST = 32 * MIB;
const MOST = 1024 * MIB;
/** Content for each entry, bytes, from which on opening it counts for nothing. */
const LARGE = MIB;

/**
 * Whether a tree is a few large files, as of a database that keeps everything in one: how it looks then, see
 * {@link ChangeTimes}; undefined for any other. Reads names and facts, and not many.
 * @throws CcError as `walkTree`.
 */
export async function asLargeFiles(tree: TreePlace, signal: AbortSignal): Promise<string | undefined> {
  const changeTimes = new ChangeTimes();
  let [entries, bytes] = [0, 0n];
  for await (const { path, stats } of walkTree(tree, { signal, look: async () => {} })) {
    entries += 1;
    if (entries > FEW) return undefined;
    if (stats.isFile()) bytes += stats.size;
    if (!stats.isSocket()) changeTimes.add(path, stats.ctimeNs);
  }
  return bytes >= LEAST && bytes <= MOST && bytes >= entries * LARGE ? changeTimes.end() : undefined;
}
