import { stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import { KIND_ALIASES } from '../api/kinds.ts';
import { usageError } from './environment.ts';

/** What `ccctl run WORD` means: a recipe by name, or a repository with the recipe's name taken from it. */
export interface RunSource {
  recipe: string;
  /** Git URL or absolute path; absent where the recipe's own source counts. */
  source?: string;
}

const URL = /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/i;
const RECIPE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The name in `sweep/NAME`; undefined for anything else, which is a recipe, a path or a URL. Paths begin with `/` or a dot.
 * @throws CommandError (exit 2) for an object of another kind, and for a path that begins otherwise.
 */
export function parseSweepName(word: string): string | undefined {
  if (URL.test(word) || /^[/.]/.test(word) || !word.includes('/')) return undefined;
  const [first = '', name = '', more] = word.split('/');
  const alias = first.toLowerCase();
  const kind = Object.hasOwn(KIND_ALIASES, alias) ? KIND_ALIASES[alias] : undefined;
  if (kind === 'Sweep' && name !== '' && more === undefined) return name;
  if (kind === undefined)
    throw usageError(`${JSON.stringify(word)} is neither a recipe nor a sweep`, `If it is a path, write ./${word}.`);
  throw usageError(
    `${JSON.stringify(word)} cannot be run`,
    `Only a sweep can, as sweep/NAME. If it is a path, write ./${word}.`,
  );
}

/**
 * Reads RECIPE, PATH or URL. A word with a slash or a leading dot is a path and must be a directory.
 * @throws CommandError (exit 2) where it is neither.
 */
export async function parseRunSource(word: string, cwd: string): Promise<RunSource> {
  if (URL.test(word))
    return { recipe: recipeOf(word, word.replace(/[/:]+$/, '').replace(/^.*[/:]/, '')), source: word };
  if (!word.includes('/') && !word.startsWith('.')) return { recipe: recipeOf(word, word) };
  const path = isAbsolute(word) ? resolve(word) : resolve(cwd, word);
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isDirectory())
    throw usageError(`${path} is not a directory`, 'Name a recipe, the path of its repository, or a git URL.');
  return { recipe: recipeOf(word, basename(path)), source: path };
}

function recipeOf(word: string, last: string): string {
  const recipe = last.replace(/\.git$/, '');
  if (RECIPE.test(recipe)) return recipe;
  throw usageError(
    `${JSON.stringify(word)} gives no recipe name: ${JSON.stringify(recipe)}`,
    'A recipe name holds a to z, 0 to 9 and hyphens.',
  );
}
