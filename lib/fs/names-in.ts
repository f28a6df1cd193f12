import { readdir } from 'node:fs/promises';
import { systemCode } from '../errors.ts';

/** Names in a directory, in byte order; a missing one is empty. @throws other system errors: they are not "nothing there". */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
