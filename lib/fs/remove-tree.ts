import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import { syncDirectory } from './durable.ts';

const SLASH = Buffer.from('/');

/**
 * Removes a file or tree and makes that durable; absent is success. Names need not be UTF-8, and directories that
 * their owner may not write (mode 0500) are no obstacle.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (systemCode(error) !== 'EACCES' && systemCode(error) !== 'EPERM') throw error;
    await openDirectories(Buffer.from(path));
    await rm(path, { recursive: true, force: true });
  }
  await syncDirectory(dirname(path));
}

async function openDirectories(path: Buffer): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path, { encoding: 'buffer' })) {
    await openDirectories(Buffer.concat([path, SLASH, name]));
  }
}
