import { type AnyCode, CcError, orElse, orNothing } from '../errors.ts';
import { smallFiles } from './small-files.ts';

/** Something else is in the place of a file or of a directory above it: wrong itself, however often it is asked. */
export const WRONG_SORT: readonly AnyCode[] = ['ENOTDIR', 'EISDIR', 'ELOOP'];

/**
 * The JSON value in `path`, or undefined when there is no such file.
 * @throws CcError `Damaged` when it is not JSON or no file; the message names it. System errors as they are.
 */
export async function readJson<T>(path: string): Promise<T | undefined> {
  const read = orElse(smallFiles.readFile(path), WRONG_SORT, (cause) => {
    throw new CcError('Damaged', `${path} is not a file`, { cause });
  });
  const text = await orNothing(read, 'ENOENT');
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new CcError('Damaged', `${path} is not valid JSON`, { cause: error });
  }
}

/** As {@link readJson}; what is no JSON object is as good as none. For records that are made anew from what is there. */
export async function readJsonOrNothing<T extends object>(path: string): Promise<T | undefined> {
  const value = await orNothing(readJson<T | null>(path), 'Damaged');
  return typeof value === 'object' && value !== null ? value : undefined;
}
