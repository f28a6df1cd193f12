import type { DefaultedAppBlock, DefaultedCanonicalSpec, DefaultedCiProfile } from '../api/index.ts';
import { withDefaults } from '../store/spec-codec.ts';
import { acceptedSpec, isJudged, refusalOf } from '../store/spec-in-force.ts';
import type { StoredObject } from '../store/store.ts';

/** The spec of a Canonical that others go by: the last accepted one, never an edit that was refused. Pure. */
export function canonicalInForce(canonical: StoredObject): DefaultedCanonicalSpec | undefined {
  return acceptedSpec(canonical) as DefaultedCanonicalSpec | undefined;
}

/** The Canonical that enrolled the recipe, by its spec in force; of several the oldest counts. Pure. */
export function findCanonical(canonicals: readonly StoredObject[], recipe: string): StoredObject | undefined {
  return oldest(canonicals.filter((one) => canonicalInForce(one)?.app.recipe === recipe && !isGoing(one)));
}

/**
 * The Canonical that has the recipe: the one that enrolled it, else the oldest that is about to. Who is neither is not
 * accepted. Pure.
 */
export function holderOf(canonicals: readonly StoredObject[], recipe: string): StoredObject | undefined {
  const coming = canonicals.filter((one) => isComing(one) && !isGoing(one) && names(one, recipe));
  return findCanonical(canonicals, recipe) ?? oldest(coming);
}

/** A Canonical that has, or names, the recipe, and whose file nobody has judged yet as it is now. Pure. */
export function unjudgedCanonical(canonicals: readonly StoredObject[], recipe: string): StoredObject | undefined {
  return canonicals.find(
    (one) => !isJudged(one) && !isGoing(one) && (names(one, recipe) || canonicalInForce(one)?.app.recipe === recipe),
  );
}

/** Nothing stands against it but, perhaps, another one of the recipe. */
function isComing(canonical: StoredObject): boolean {
  const reason = refusalOf(canonical)?.reason ?? 'DuplicateRecipe';
  return canonical.accepted === undefined && (reason === 'DuplicateRecipe' || reason === 'Renamed');
}

/** A Canonical that names the recipe and of which no spec was ever accepted: runs go without it. Pure. */
export function refusedCanonical(canonicals: readonly StoredObject[], recipe: string): StoredObject | undefined {
  return canonicals.find((one) => one.accepted === undefined && !isGoing(one) && names(one, recipe));
}

function names({ spec }: StoredObject, recipe: string): boolean {
  return (spec as DefaultedCanonicalSpec).app.recipe === recipe;
}

function oldest(canonicals: readonly StoredObject[]): StoredObject | undefined {
  return canonicals.toSorted((a, b) => (a.creationTimestamp + a.name < b.creationTimestamp + b.name ? -1 : 1))[0];
}

/** Its deletion has begun. Pure. */
export function isGoing({ deletion }: StoredObject): boolean {
  return deletion?.state === 'Started' || deletion?.state === 'Destroying';
}

/** App and CI profile of a recipe that nobody enrolled: every default. Pure. */
export function defaultProfile(recipe: string): { app: DefaultedAppBlock; ci: DefaultedCiProfile } {
  const { app, ci } = withDefaults('Canonical', { app: { recipe } });
  return { app, ci };
}
