import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { markedEncoding } from '../byte-order-mark.ts';
import { CcError, hasCode, orElse, systemCode } from '../errors.ts';
import { readFileBeneath } from '../fs/beneath.ts';
import { followLinksBeneath } from '../fs/links-beneath.ts';

/** Of one file of a recipe that we read: compose files, samples, scripts, configs. An engine takes less. */
const MAX_RECIPE_FILE_BYTES = 4 * 1024 * 1024;

/**
 * A file of a recipe's checkout as text; undefined where there is none. The one reader of checkouts: a link is followed
 * as long as it stays in the checkout, and nothing outside is opened.
 * @throws CcError `InvalidInput` naming the file: it leads out of the recipe, is no regular file, is too large, or no text.
 */
export async function readRecipeFile(directory: string, file: string): Promise<string | undefined> {
  const bytes = await readRecipeBytes(directory, file);
  return bytes === undefined ? undefined : decodeText(file, bytes);
}

/** {@link readRecipeFile} as bytes. */
export async function readRecipeBytes(directory: string, file: string): Promise<Buffer | undefined> {
  try {
    const path = await followLinksBeneath(directory, file);
    if (path === '') return undefined;
    return await readFileBeneath(directory, path, { maxBytes: MAX_RECIPE_FILE_BYTES });
  } catch (error) {
    if (['ENOTDIR', 'ENAMETOOLONG'].includes(systemCode(error) ?? '')) return undefined;
    if (!hasCode(error, 'Refused')) throw error;
    throw unreadable(file, error);
  }
}

/** The file that a key of the compose files names. @throws CcError `InvalidInput` where it is not there; as above. */
export async function readNamedFile(directory: string, key: string, file: string): Promise<Buffer> {
  const bytes = await readRecipeBytes(directory, file);
  if (bytes !== undefined) return bytes;
  const remedy = 'Add the file, or correct its name; it is relative to the root of the recipe.';
  throw new CcError('InvalidInput', `${key}: ${file} is not a file of the recipe`, { remedy });
}

/** The recipe's `.env.sample`; undefined where there is none. @throws CcError `InvalidInput` as above, or for a NUL. */
export async function readSample(directory: string): Promise<string | undefined> {
  const text = await readRecipeFile(directory, '.env.sample');
  const at = text?.indexOf('\0') ?? -1;
  if (text === undefined || at < 0) return text;
  const line = text.slice(0, at).split('\n').length;
  throw new CcError('InvalidInput', `.env.sample:${line}: must not hold a NUL`, { remedy: 'Take the character out.' });
}

/**
 * Refuses a checkout in which any link leads out of it, for tools of others that read the files they like. `.git` is
 * ours and is not looked into. @throws CcError `InvalidInput` naming the link.
 */
export async function assertLinksInside(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isSymbolicLink())) {
    const path = relative(directory, join(entry.parentPath, entry.name));
    if (path.startsWith('.git/')) continue;
    await orElse(followLinksBeneath(directory, path), 'Refused', (error) => {
      throw unreadable(path, error);
    });
  }
}

function unreadable(file: string, cause: unknown): CcError {
  return new CcError('InvalidInput', `the file ${JSON.stringify(file)} of the recipe cannot be read`, {
    cause,
    remedy: `Make it a regular file inside the recipe, of at most ${MAX_RECIPE_FILE_BYTES} bytes; links may not lead out.`,
  });
}

const EXPORT = /^[ \t]*export[ \t]+([A-Za-z_]\w*)=(["']?)([\w.+-]*)\2[ \t]*(?:[;#].*)?$/;

/**
 * The plain `export NAME=value` lines of a recipe's `abra.sh`, later ones winning. Read by pattern: the file may hold
 * functions and commands and is never run.
 */
export function readAbraExports(text: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, , value] = EXPORT.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return Object.fromEntries(values);
}

/**
 * The bytes of a file of a recipe, or of what a hook wrote, as text: UTF-8, or what its byte order mark says; the mark
 * itself goes. Line ends stay. @throws CcError `InvalidInput` with the line of the first byte that is no text.
 */
export function decodeText(file: string, bytes: Uint8Array): string {
  const encoding = markedEncoding(bytes) ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    const readable = new TextDecoder(encoding).decode(bytes).split('\uFFFD', 1)[0] ?? '';
    const line = readable.split('\n').length;
    throw new CcError('InvalidInput', `${file}:${line}: found bytes that are not ${encoding.toUpperCase()} text`, {
      cause: error,
      remedy: 'Save the file in the encoding UTF-8.',
    });
  }
}
