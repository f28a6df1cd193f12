import { isAbsolute } from 'node:path';
import type { DefaultedAppBlock, DefaultedCanonicalSpec, DefaultedCiProfile } from '../api/index.ts';
import { CcError } from '../errors.ts';
import { withDefaults } from '../store/spec-codec.ts';
import type { StoredObject } from '../store/store.ts';

/** The Canonical that enrolled the recipe: of several the oldest counts, the others are not accepted. Pure. */
export function findCanonical(canonicals: readonly StoredObject[], recipe: string): StoredObject | undefined {
  return canonicals
    .filter((one) => (one.spec as DefaultedCanonicalSpec).app.recipe === recipe && !isGoing(one))
    .toSorted((a, b) => (a.creationTimestamp + a.name < b.creationTimestamp + b.name ? -1 : 1))[0];
}

function isGoing({ deletion }: StoredObject): boolean {
  return deletion?.state === 'Started' || deletion?.state === 'Destroying';
}

/**
 * Where a recipe comes from: what the object names, else the configuration's `recipeSource` with `{recipe}` filled in.
 * @throws CcError `InvalidInput` where nothing names one; `fallback` takes its place where given.
 */
export function sourceOf(
  recipe: string,
  own: string | undefined,
  template: string | undefined,
  fallback?: string,
): string {
  const source = own ?? template?.replaceAll('{recipe}', recipe) ?? fallback;
  if (source === undefined) {
    throw new CcError('InvalidInput', `nothing says where the recipe "${recipe}" comes from`, {
      remedy: 'Set spec.source of the Run, app.source of its Canonical, or recipeSource in the configuration.',
    });
  }
  if (!isAbsolute(source) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(source) && !/^[^/\s]+@?[^/\s]*:/.test(source)) {
    throw new CcError('InvalidInput', `"${source}" is neither a git URL nor an absolute path`, {
      remedy: 'Write the path in full, beginning with a slash.',
    });
  }
  return source;
}

/** App and CI profile of a recipe that nobody enrolled: every default. Pure. */
export function defaultProfile(recipe: string): { app: DefaultedAppBlock; ci: DefaultedCiProfile } {
  const { app, ci } = withDefaults('Canonical', { app: { recipe } });
  return { app, ci };
}
