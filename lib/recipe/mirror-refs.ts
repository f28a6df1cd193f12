import { CcError } from '../errors.ts';
import { editSteps } from '../store/did-you-mean.ts';
import type { Git } from './git.ts';
import { commitOf, type RefListing } from './ref-listing.ts';
import type { VersionTag } from './version.ts';

/** What a person's ref turned out to be. */
export interface ResolvedRef {
  /** Full name (`refs/tags/1.0.0+1.0.0`), or the commit where a commit was named. */
  ref: string;
  commit: string;
  /** The version tag that was named, else the newest one at the commit. */
  tag?: VersionTag;
  /** Said where the name had a second meaning. */
  note?: string;
}

/** Refs of ours that keep commits alive; nothing of the source lands there. */
export const KEPT = 'refs/cc-ci/keep/';

const MIRRORED = /^refs\/(?:heads|tags|pull|merge-requests)\/./;
const FORBIDDEN = /^-|\.\.|[\s~^:?*[\\\x00-\x1f\x7f]|@\{|^$/;
const COMMIT = /^[0-9a-f]{40}$/;

/** @throws CcError `InvalidInput` where the text is not a full commit id. */
export function assertCommit(commit: string): void {
  if (!COMMIT.test(commit)) throw new CcError('InvalidInput', `"${commit}" is not a full commit id`);
}

/**
 * Finds what `ref` names: a full commit id, a full ref name, then tag before branch before short commit id. `versions`:
 * those of the repository, newest first; `listing`: its refs.
 * @throws CcError `InvalidInput` for what can be no ref or is an ambiguous short id; `NotFound` with close names.
 */
export async function resolveRef(
  git: Git,
  { ref, versions, listing }: { ref: string; versions: readonly VersionTag[]; listing: RefListing },
  signal: AbortSignal,
): Promise<ResolvedRef> {
  if (FORBIDDEN.test(ref)) throw new CcError('InvalidInput', `"${ref}" is not a branch, tag, commit or full ref name`);
  const found = await candidates(git, { ref, listing }, signal);
  const [first, second] = found;
  if (!first) throw notFound(ref, listing);
  const named = versions.find((tag) => `refs/tags/${tag.tag}` === first.ref);
  const tag = named ?? versions.find((candidate) => candidate.commit === first.commit);
  const note = second && second.commit !== first.commit ? `${first.ref} was taken, not ${second.ref}` : undefined;
  return { ...first, ...(tag ? { tag } : {}), ...(note ? { note } : {}) };
}

async function candidates(
  git: Git,
  { ref, listing }: { ref: string; listing: RefListing },
  signal: AbortSignal,
): Promise<ResolvedRef[]> {
  const lower = ref.toLowerCase();
  const names = MIRRORED.test(ref) ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`, `refs/${ref}`];
  const found: ResolvedRef[] = [];
  const whole = COMMIT.test(lower) ? await commitOf(git, lower, signal) : undefined;
  if (whole !== undefined) found.push({ ref: lower, commit: whole });
  for (const name of names.filter((candidate) => MIRRORED.test(candidate))) {
    const commit = listing.refs.get(name)?.commit;
    if (commit !== undefined) found.push({ ref: name, commit });
  }
  return found.length > 0 || !/^[0-9a-f]{4,39}$/.test(lower) ? found : shortId(git, lower, signal);
}

async function shortId(git: Git, prefix: string, signal: AbortSignal): Promise<ResolvedRef[]> {
  const text = await git.text(['rev-parse', `--disambiguate=${prefix}`], { signal });
  const ids = text.split('\n').filter((line) => COMMIT.test(line));
  const found = await Promise.all(ids.map((id) => commitOf(git, id, signal)));
  const commits = [...new Set(found.filter((commit) => commit !== undefined))];
  if (commits.length > 1)
    throw new CcError('InvalidInput', `the short commit id "${prefix}" fits ${commits.length} commits`, {
      remedy: 'Give more of its digits.',
    });
  return commits.map((commit) => ({ ref: commit, commit }));
}

function notFound(ref: string, { refs }: RefListing): CcError {
  const close = closest(ref, [...refs.keys()]);
  const remedy = close.length > 0 ? `Did you mean ${close.join(', ')}?` : 'Push it, or correct the name.';
  return new CcError('NotFound', `the recipe has no branch, tag or commit "${ref}"`, { remedy });
}

/** Up to three full ref names that end almost like `wanted`, nearest first. */
function closest(wanted: string, names: readonly string[]): string[] {
  const short = (name: string): string => (wanted.startsWith('refs/') ? name : name.split('/').slice(2).join('/'));
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return names
    .map((name) => ({ name: short(name), steps: stepsBetween(wanted, short(name), limit) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Edit distance; a prefix relation counts as close. */
function stepsBetween(a: string, b: string, limit: number): number {
  if (b.startsWith(a) || a.startsWith(b)) return Math.min(limit, Math.abs(a.length - b.length));
  return editSteps(a, b);
}
