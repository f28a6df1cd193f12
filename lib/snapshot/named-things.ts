import { sourceOf } from '../app/recipe-source.ts';
import { hasCode } from '../errors.ts';
import type { NamedThings } from '../runtime/holdings.ts';
import type { SetStore } from './set-store.ts';

/**
 * Sources and images of all sets that are there, also of those that nothing points at. @throws CcError `Damaged` where
 * the manifest of one cannot be read: nobody knows what it names. System errors as they are.
 */
export async function namedBySets(sets: Pick<SetStore, 'ids' | 'manifest'>): Promise<NamedThings> {
  const manifests = [];
  for (const id of await sets.ids()) manifests.push(await sets.manifest(id));
  const complete = manifests.filter((manifest) => manifest !== undefined);
  return {
    sources: complete.map(({ recipe, source }) => ({ recipe, source })),
    images: complete.flatMap(({ images = {} }) => Object.values(images)),
  };
}

/** The source that the app of a spec comes from; nothing where nobody says. Pure. */
export function namedByApp(
  spec: { app: { recipe: string; source?: string } } | undefined,
  { recipeSource }: { recipeSource?: string | undefined },
): NamedThings {
  if (spec === undefined) return { sources: [], images: [] };
  const { recipe, source } = spec.app;
  try {
    return { sources: [{ recipe, source: sourceOf(recipe, source, recipeSource) }], images: [] };
  } catch (error) {
    if (hasCode(error, 'Misconfigured')) return { sources: [], images: [] };
    throw error;
  }
}
