import { specInForce } from './spec-in-force.ts';
import type { StoredObject } from './store.ts';

/** The recipe a spec names: `app.recipe`, or `recipe` of a Run; undefined for a Sweep. Pure. */
function recipeOf(spec: unknown): string | undefined {
  return textAt(spec, 'app', 'recipe') ?? textAt(spec, 'recipe');
}

/** `app.domain` where the spec names one; the default follows from kind and name. Pure. */
function domainOf(spec: unknown): string | undefined {
  return textAt(spec, 'app', 'domain');
}

/**
 * May a file at another place, or one that returns, be taken for this object? Same recipe, and once the deletion has
 * begun the same domain too: its data lie there. Asked of the spec in force, and of an edit of it that was refused: who
 * moves such a file deletes nothing. Kind and name are compared by the caller.
 */
export function sameIdentity(object: StoredObject, file: { spec: unknown }): boolean {
  return [specInForce(object), object.spec].some((spec) => {
    if (recipeOf(spec) !== recipeOf(file.spec)) return false;
    return object.deletion?.state !== 'Started' || domainOf(spec) === domainOf(file.spec);
  });
}

function textAt(value: unknown, ...path: string[]): string | undefined {
  let at: unknown = value;
  for (const field of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[field];
  }
  return typeof at === 'string' ? at : undefined;
}
