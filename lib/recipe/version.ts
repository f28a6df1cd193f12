import semver from 'semver';

/** The two parts of a recipe version `<recipe semver>+<upstream version>`. */
export interface RecipeVersion {
  /** Semver of the recipe itself, without a leading `v`. */
  recipe: string;
  /** What follows the first `+`: shown, and compared only where the recipe parts are equal. Empty where there is none. */
  upstream: string;
}

/** An annotated tag whose name is a recipe version. */
export interface VersionTag extends RecipeVersion {
  /** The raw tag name, which keeps a leading `v`. */
  tag: string;
  /** The commit the tag peels to, 40 hexadecimal digits. */
  commit: string;
}

export type VersionBump = 'Patch' | 'Minor' | 'Major' | 'None';

const UPSTREAM = /^[0-9A-Za-z][0-9A-Za-z._+~-]*$/;

/** Reads a tag or version label; undefined where it is not a recipe version (`latest`, `1.15`, `hardcover-v0.4`). */
export function parseVersion(text: string): RecipeVersion | undefined {
  const plus = text.indexOf('+');
  const left = plus < 0 ? text : text.slice(0, plus);
  const upstream = plus < 0 ? '' : text.slice(plus + 1);
  if (plus >= 0 && !UPSTREAM.test(upstream)) return undefined;
  if (!/^v?\d/.test(left)) return undefined;
  const recipe = semver.valid(left);
  return recipe === null ? undefined : { recipe, upstream };
}

/**
 * Total order, ascending: recipe semver (a pre-release is below its release), then the upstream part with numbers
 * compared as numbers, then the spelling.
 */
export function compareVersions(a: RecipeVersion, b: RecipeVersion): number {
  return (
    semver.compare(a.recipe, b.recipe) || compareNatural(a.upstream, b.upstream) || compareText(a.upstream, b.upstream)
  );
}

/** How far the recipe semver rises from `from` to `to`; `None` where it does not rise. */
export function bump(from: RecipeVersion, to: RecipeVersion): VersionBump {
  if (semver.gte(from.recipe, to.recipe)) return 'None';
  if (semver.major(from.recipe) !== semver.major(to.recipe)) return 'Major';
  if (semver.minor(from.recipe) !== semver.minor(to.recipe)) return 'Minor';
  return 'Patch';
}

/**
 * True where a tag and a label name one version: equal recipe parts, and equal upstream parts unless one of them has
 * none (tag `v1.0.3` against label `1.0.3+1.0.3`). Texts that are no versions are compared as they are.
 */
export function sameVersion(a: string, b: string): boolean {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (!left || !right) return a === b;
  if (semver.compare(left.recipe, right.recipe) !== 0) return false;
  return left.upstream === right.upstream || left.upstream === '' || right.upstream === '';
}

function compareNatural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = comparePart(part, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function comparePart(a: string, b: string): number {
  const numeric = /^\d/.test(a) && /^\d/.test(b);
  if (!numeric) return compareText(a, b);
  const left = BigInt(a);
  const right = BigInt(b);
  return left < right ? -1 : Number(left > right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
