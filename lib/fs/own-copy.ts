import { constants, copyFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { orElse } from '../errors.ts';
import { allEnded } from '../serial.ts';
import type { TreePlace } from './beneath.ts';
import { copyTree } from './copy-tree.ts';
import type { Coreutils } from './coreutils.ts';
import { DIRECT } from './directory-calls.ts';
import { syncTree } from './durable.ts';
import { removeTree } from './remove-tree.ts';
import { checkStreamed, streamCopy } from './stream-copy.ts';
import { treeDigest } from './tree-digest.ts';
import type { TreeDigest } from './tree-lines.ts';
import { atPlace } from './tree-walk.ts';

/**
 * Copies a file or tree that is ours alone, durably, and gives what the copy holds. `to` must not exist; its parent must.
 * Where the file system can share blocks the copy takes no time and no room, and is read for its digest; elsewhere the
 * digest is made of what is read while it is written. On failure nothing is left at `to`.
 * @throws CcError as `streamCopy`.
 */
export async function copyOwn(from: string, to: string, tools: Coreutils): Promise<TreeDigest> {
  try {
    return (await canShareBlocks(from, dirname(to))) ? await share(from, to, tools) : await stream(from, to, tools);
  } catch (error) {
    await removeTree(to);
    throw error;
  }
}

async function share(from: string, to: string, tools: Coreutils): Promise<TreeDigest> {
  await copyTree(from, to, tools);
  const [found] = await allEnded([treeDigest(to, tools.signal), syncTree(to, tools)]);
  return found;
}

async function stream(from: string, to: string, tools: Coreutils): Promise<TreeDigest> {
  const copyPlace = async (place: TreePlace): Promise<TreeDigest> => {
    const copy = await streamCopy(place, to, tools);
    const [found] = await allEnded([checkStreamed(place, copy, tools.signal), syncTree(to, tools)]);
    return found;
  };
  return await atPlace(from, copyPlace, DIRECT);
}

const PROBE = '.cc-ci~probe';

/**
 * Whether copies into `directory` may share blocks with `from` (btrfs, XFS): tried there with a small file, as neither
 * the name of a file system nor its options tell. Leaves nothing.
 */
async function canShareBlocks(from: string, directory: string): Promise<boolean> {
  const [source, target] = [await stat(dirname(from)), await stat(directory)];
  if (source.dev !== target.dev) return false;
  const [one, other] = [join(directory, `${PROBE}~1`), join(directory, `${PROBE}~2`)];
  try {
    await writeFile(one, Buffer.alloc(4096, 'p'), { mode: 0o600 });
    const copied = copyFile(one, other, constants.COPYFILE_FICLONE_FORCE).then(() => true);
    return await orElse(copied, ['ENOTSUP', 'ENOSYS', 'ENOTTY', 'EINVAL', 'EXDEV', 'EPERM'], () => false);
  } finally {
    for (const path of [one, other]) await rm(path, { force: true });
  }
}
