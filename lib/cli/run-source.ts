import { stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
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
