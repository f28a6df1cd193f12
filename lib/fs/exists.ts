import { lstat, readdir } from 'node:fs/promises';
import { orNothing } from '../errors.ts';

/**
 * Whether the name exists, a dangling link included; errors other than "not there" are thrown, never read as absent. A
 * file where a directory above the name should be (ENOTDIR) is such an error.
 */
export async function exists(path: string): Promise<boolean> {
  return (await orNothing(lstat(path), 'ENOENT')) !== undefined;
}

/** Names in a directory, in byte order; a missing one is empty. @throws other system errors: they are not "nothing there". */
export async function namesIn(directory: string): Promise<string[]> {
  return ((await orNothing(readdir(directory), 'ENOENT')) ?? []).sort();
}
