import { chmod, lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import { syncDirectory } from './durable.ts';

const SLASH = Buffer.from('/');
const BATCH = 64;

/**
 * Removes a file or tree and makes that durable; absent is success. Names need not be UTF-8, and directories that
 * their owner may not write (mode 0500) are no obstacle. Never follows a link. When it settles, also with an error,
 * nothing goes on in the background (unlike `fs.rm`, which rejects while other removals are still under way).
 * @throws system errors as they are, the first of several.
 */
export async function removeTree(path: string): Promise<void> {
  await removeEntry(Buffer.from(path));
  await syncDirectory(dirname(path));
}

async function removeEntry(path: Buffer): Promise<void> {
  try {
    if ((await lstat(path)).isDirectory()) await removeDirectory(path);
    else await unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

async function removeDirectory(path: Buffer): Promise<void> {
  await makeWritable(path);
  const entries = await readdir(path, { encoding: 'buffer', withFileTypes: true });
  const children = entries.map((entry) => ({ path: Buffer.concat([path, SLASH, entry.name]), entry }));
  for (const child of children) if (child.entry.isDirectory()) await removeEntry(child.path);
  const others = children.filter((child) => !child.entry.isDirectory());
  for (let start = 0; start < others.length; start += BATCH) {
    await allEnded(others.slice(start, start + BATCH).map((child) => removeEntry(child.path)));
  }
  await rmdir(path);
}

/** Only the owner may, and only then it matters: root needs no permission. */
async function makeWritable(path: Buffer): Promise<void> {
  const { mode } = await lstat(path);
  if ((mode & 0o700) === 0o700) return;
  try {
    await chmod(path, 0o700);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
  }
}

async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
