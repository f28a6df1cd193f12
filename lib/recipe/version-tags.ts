import { compareVersions, parseVersion, type VersionTag } from './version.ts';

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
