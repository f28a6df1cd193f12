import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CcError, exhaustionOf, isPathFault, systemCode } from '../errors.ts';

const MAX_BYTES = 4096;

/**
 * The admin's password, from the secret file of the provider that runs; line ends at its end are no part of it, as for
 * the shells that read such files.
 * @throws CcError `Misconfigured` where the file is absent, empty, no file, too long or not for us; `Unreachable` where
 * the system cannot look now.
 */
export async function readAdminPassword(file: string): Promise<string> {
  const handle = await openSecret(file);
  try {
    const password = (await readShort(handle, file)).replace(/[\r\n]+$/, '');
    if (password === '') throw unusable(file, 'is empty');
    return password;
  } finally {
    await handle.close();
  }
}

/** Without waiting for anybody to write into it, should it be a pipe. */
async function openSecret(file: string): Promise<FileHandle> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unread(file, error);
  }
}

async function readShort(handle: FileHandle, file: string): Promise<string> {
  try {
    if (!(await handle.stat()).isFile()) throw unusable(file, 'is no file');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    if (bytesRead > MAX_BYTES) throw unusable(file, `is longer than ${MAX_BYTES} bytes`);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    throw error instanceof CcError ? error : unread(file, error);
  }
}

function unread(file: string, cause: unknown): CcError {
  const why = `cannot be read (${systemCode(cause) ?? 'unknown'})`;
  if (isPathFault(cause)) return unusable(file, why);
  return exhaustionOf(cause) ?? new CcError('Unreachable', `the admin's password file ${file} ${why}`, { cause });
}

function unusable(file: string, why: string): CcError {
  return new CcError('Misconfigured', `the admin's password file ${file} ${why}`, {
    remedy: 'See provides.sso.adminPasswordSecret, and whether the provider was deployed with that secret.',
  });
}
