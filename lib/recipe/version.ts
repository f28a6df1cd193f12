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

/** A tag that is not used as a version, and why. */
export interface IgnoredTag {
  tag: string;
  /** Not annotated, whatever its name; not a version (or not of a commit); another tag has the same recipe part. */
  reason: 'Lightweight' | 'Unparsable' | 'DuplicateLeftPart';
}

/** The version tags of a recipe, newest first, and the tags that are none. */
export interface VersionListing {
  versions: VersionTag[];
  ignored: IgnoredTag[];
}

/** A tag as git lists it. */
export interface RawTag {
  tag: string;
  annotated: boolean;
  /** The commit it peels to; absent where it peels to something else. */
  commit?: string;
}

/** Every annotated tag that is a version, newest first, also those that share their recipe part with another. */
export function versionTagsOf(tags: readonly RawTag[]): VersionTag[] {
  return tags.flatMap((raw) => readTag(raw) ?? []).sort((a, b) => compareVersions(b, a) || (a.tag < b.tag ? -1 : 1));
}

/**
 * Versions and ignored tags. Of several tags with one recipe part the newest by upstream part counts: equal recipe
 * parts say nothing about what is newer, so the others are ignored, with the reason.
 */
export function listVersions(tags: readonly RawTag[]): VersionListing {
  const versions: VersionTag[] = [];
  const ignored: IgnoredTag[] = tags.flatMap((raw) => ignoredTag(raw) ?? []);
  const seen = new Set<string>();
  for (const tag of versionTagsOf(tags)) {
    if (seen.has(tag.recipe)) ignored.push({ tag: tag.tag, reason: 'DuplicateLeftPart' });
    else versions.push(tag);
    seen.add(tag.recipe);
  }
  return { versions, ignored: ignored.sort((a, b) => (a.tag < b.tag ? -1 : 1)) };
}

function readTag(raw: RawTag): VersionTag | undefined {
  const version = parseVersion(raw.tag);
  if (!version || !raw.annotated || raw.commit === undefined) return undefined;
  return { tag: raw.tag, commit: raw.commit, ...version };
}

function ignoredTag(raw: RawTag): IgnoredTag | undefined {
  if (!raw.annotated) return { tag: raw.tag, reason: 'Lightweight' };
  return parseVersion(raw.tag) && raw.commit !== undefined ? undefined : { tag: raw.tag, reason: 'Unparsable' };
}
