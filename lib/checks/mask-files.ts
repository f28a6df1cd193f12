import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, rename, rm, symlink, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openDirectoryBeneath, type TreePlace } from '../fs/beneath.ts';
import { closing } from '../fs/closing.ts';
import type { DirectoryHandle } from '../fs/directory-handle.ts';
import { eachDirectory } from '../fs/each-directory.ts';
import { TEMP_PREFIX } from '../fs/temp-name.ts';
import { MASKED, type Mask } from './mask.ts';

/**
 * Masks secret values in every regular file below a directory, in place. Links are not followed, a file without such a
 * value is not touched. Works on bytes: pictures come through unharmed. Idempotent; a missing directory is success.
 * @throws CcError `Refused` where it is a link; system errors as they are.
 */
export async function maskFiles(directory: string | TreePlace, mask: Mask): Promise<void> {
  const start = await openTree(directory);
  if (start !== undefined) await eachDirectory(start, (one) => maskFilesIn(one, mask));
}

/** Opens a directory for a mask, by its path or by the open directory that holds it; undefined where it is absent. */
async function openTree(tree: string | TreePlace): Promise<DirectoryHandle | undefined> {
  if (typeof tree === 'string') return await openDirectoryBeneath(dirname(tree), basename(tree));
  return await tree.directory.openDirectory(tree.name);
}

async function maskFilesIn(directory: DirectoryHandle, mask: Mask): Promise<void> {
  for (const name of await directory.entries()) {
    if ((await directory.lstat(name))?.isFile()) await maskFile(directory, name, mask);
  }
}

/** The masked copy lies beside it, under a short name: that of the file may be as long as names can be. */
async function maskFile(directory: DirectoryHandle, name: Buffer, mask: Mask): Promise<void> {
  const file = await directory.openFile(name);
  if (file === undefined) return;
  const masked = directory.pathOf(`${TEMP_PREFIX}masked-${randomBytes(6).toString('hex')}`);
  try {
    const { mode } = await file.stat();
    if (await copyMasked(file, masked, mask)) return;
    await rename(masked, directory.pathOf(name));
    await closing(await directory.openFile(name), (copy) => copy.chmod(mode & 0o777));
  } finally {
    await file.close();
    await rm(masked, { force: true });
  }
}

/** Tells whether there was nothing to mask. */
async function copyMasked(from: FileHandle, to: Buffer, mask: Mask): Promise<boolean> {
  const [before, after] = [createHash('sha256'), createHash('sha256')];
  const transform = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const stream = mask.stream();
    for await (const chunk of chunks) {
      before.update(chunk);
      yield stream.push(chunk);
    }
    yield stream.end();
  };
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      after.update(chunk);
      yield chunk;
    }
  };
  const source = from.createReadStream({ autoClose: false });
  await pipeline(source, transform, counted, createWriteStream(to, { mode: 0o600, flags: 'wx' }));
  return before.digest('hex') === after.digest('hex');
}

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
