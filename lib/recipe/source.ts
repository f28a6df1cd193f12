import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcError } from '../errors.ts';

/** Where a recipe's repository is. */
export interface RecipeSource {
  kind: 'Remote' | 'LocalPath';
  /** What git is given: a URL, or an absolute path. */
  location: string;
  /** For messages: the location without a password. */
  shown: string;
}

const REMOTE_URL = /^(?:https?|ssh|git):\/\/[^\s]+$/;
const SCP_FORM = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s:][^\s]*$/;
const REMEDY = 'Give an http, https, ssh or git URL, user@host:path, file:// or an absolute path.';

/**
 * Reads a source as people write it.
 * @throws CcError `InvalidInput` for relative paths, options, remote helpers (`ext::`) and other schemes.
 */
export function parseSource(source: string): RecipeSource {
  const shown = maskUrl(source);
  if (isAbsolute(source)) return { kind: 'LocalPath', location: source, shown };
  if (source.startsWith('file://')) return { kind: 'LocalPath', location: pathOf(source), shown };
  if (REMOTE_URL.test(source) || SCP_FORM.test(source)) return { kind: 'Remote', location: source, shown };
  throw new CcError('InvalidInput', `"${shown}" is not the source of a recipe`, { remedy: REMEDY });
}

/**
 * Refuses a local source that is no git repository (with or without a work tree); remote ones are left to git.
 * @throws CcError `InvalidInput`.
 */
export async function checkLocalSource(source: RecipeSource): Promise<void> {
  if (source.kind !== 'LocalPath') return;
  const { location } = source;
  if (!(await exists(location))) {
    throw new CcError('InvalidInput', `the recipe source ${location} does not exist`, { remedy: 'Correct the path.' });
  }
  const bare = (await exists(join(location, 'HEAD'))) && (await exists(join(location, 'objects')));
  if (!bare && !(await exists(join(location, '.git')))) {
    throw new CcError('InvalidInput', `the recipe source ${location} is not a git repository`, {
      remedy: 'Run git init and commit the recipe there, or correct the path.',
    });
  }
}

/** A text with the user and password of every URL in it replaced. */
export function maskUrl(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, '$1***@');
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new CcError('InvalidInput', `${url} is not a local file URL`, { cause: error, remedy: REMEDY });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
