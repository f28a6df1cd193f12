import { readdir } from 'node:fs/promises';
import { orNothing } from '../errors.ts';

/** Names in a directory, in byte order; a missing one is empty. @throws other system errors: they are not "nothing there". */
export async function namesIn(directory: string): Promise<string[]> {
  return ((await orNothing(readdir(directory), 'ENOENT')) ?? []).sort();
}
