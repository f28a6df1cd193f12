import { isAbsolute } from 'node:path';
import { CcError, explainError, hasCode, orElse, TerminalError } from '../errors.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import { maskUrl } from '../recipe/source.ts';

/**
 * Where a recipe comes from: what the object names, else the configuration's `recipeSource` with `{recipe}` filled in.
 * @throws CcError `Misconfigured` where nothing names one.
 */
export function sourceOf(recipe: string, own: string | undefined, template: string | undefined): string {
  const source = own ?? template?.replaceAll('{recipe}', recipe);
  if (source === undefined)
    throw new CcError('Misconfigured', `nothing says where the recipe "${recipe}" comes from`, {
      remedy: 'Set app.source (of a Run also spec.source), or recipeSource in the configuration.',
    });
  if (!isAbsolute(source) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(source) && !/^[^/\s]+@?[^/\s]*:/.test(source))
    throw new CcError('Misconfigured', `"${maskUrl(source)}" is neither a git URL nor an absolute path`, {
      remedy: 'Write the path in full, beginning with a slash.',
    });
  return source;
}

/**
 * As {@link sourceOf}, for a reconciler that needs it now.
 * @throws TerminalError `NoSource` where nothing names one, `InvalidSource` where what does is of no use.
 */
export function requireSource(recipe: string, own: string | undefined, template: string | undefined): string {
  try {
    return sourceOf(recipe, own, template);
  } catch (error) {
    if (!hasCode(error, 'Misconfigured')) throw error;
    const reason = (own ?? template) === undefined ? 'NoSource' : 'InvalidSource';
    throw new TerminalError(reason, explainError(error));
  }
}

/**
 * Fetches for a reconciler. @throws TerminalError `InvalidSource` where trying again is of no use; else as
 * {@link RecipeMirror.fetch}.
 */
export async function fetchRecipe(mirror: Pick<RecipeMirror, 'fetch'>, signal: AbortSignal): Promise<void> {
  await orElse(mirror.fetch(signal), 'Misconfigured', (error) => {
    throw new TerminalError('InvalidSource', explainError(error));
  });
}
