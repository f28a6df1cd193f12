import { lstat } from 'node:fs/promises';
import { orNothing } from '../errors.ts';

/**
 * Whether the name exists, a dangling link included; errors other than "not there" are thrown, never read as absent. A
 * file where a directory above the name should be (ENOTDIR) is such an error.
 */
export async function exists(path: string): Promise<boolean> {
  return (await orNothing(lstat(path), 'ENOENT')) !== undefined;
}
