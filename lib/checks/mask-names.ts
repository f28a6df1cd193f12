import { rename, symlink, unlink } from 'node:fs/promises';
import type { TreePlace } from '../fs/beneath.ts';
import type { DirectoryHandle } from '../fs/directory-handle.ts';
import { eachDirectory } from '../fs/each-directory.ts';
import { MASKED, type Mask } from './mask.ts';
import { openTree } from './mask-files.ts';

/** In names: what {@link MASKED} is in texts, without characters that shells expand. */
const MASKED_IN_NAME = '___';

/**
 * Renames every file and directory below a directory whose name holds a secret value, to a name that is free there, and
 * masks where links point. Follows no link. Idempotent; a missing directory is success.
 * @throws CcError `Refused` where it is a link; system errors as they are.
 */
export async function maskNames(directory: string | TreePlace, mask: Mask): Promise<void> {
  const start = await openTree(directory);
  if (start !== undefined) await eachDirectory(start, (one) => maskEntries(one, mask));
}

async function maskEntries(directory: DirectoryHandle, mask: Mask): Promise<void> {
  for (const name of await directory.entries()) {
    if ((await directory.lstat(name))?.isSymbolicLink()) await maskTarget(directory, name, mask);
    const masked = maskedName(name, mask);
    if (masked !== undefined) await rename(directory.pathOf(name), directory.pathOf(await freeName(directory, masked)));
  }
}

async function maskTarget(directory: DirectoryHandle, name: Buffer, mask: Mask): Promise<void> {
  const target = await directory.readlink(name);
  const masked = target && maskedName(target, mask);
  if (masked === undefined) return;
  await unlink(directory.pathOf(name));
  await symlink(masked, directory.pathOf(name));
}

/** The name without secret values; undefined where it has none. Byte by byte, for a name need not be UTF-8. */
function maskedName(name: Buffer, mask: Mask): string | undefined {
  const stream = mask.stream();
  const masked = Buffer.concat([stream.push(name), stream.end()]);
  return masked.equals(name) ? undefined : masked.toString('utf8').replaceAll(MASKED, MASKED_IN_NAME);
}

/** `report.xml`, else `report-2.xml` and so on. */
async function freeName(directory: DirectoryHandle, wanted: string): Promise<string> {
  const dot = wanted.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ''];
  let name = wanted;
  for (let count = 2; (await directory.lstat(name)) !== undefined; count += 1) name = `${stem}-${count}${extension}`;
  return name;
}
