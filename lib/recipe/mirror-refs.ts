import { CcError } from '../errors.ts';
import { editSteps } from '../store/did-you-mean.ts';
import type { Git } from './git.ts';
import type { RawTag, VersionTag } from './version.ts';

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

/** All tags of the repository, as git lists them. */
export async function readTags(git: Git, signal: AbortSignal): Promise<RawTag[]> {
  const format = '%(refname:strip=2)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)';
  const text = await git.text(['for-each-ref', `--format=${format}`, 'refs/tags'], { signal });
  const lines = text.split('\n').filter((line) => line !== '');
  return Promise.all(lines.map((line) => rawTag(git, line.split('\0'), signal)));
}

async function rawTag(git: Git, fields: string[], signal: AbortSignal): Promise<RawTag> {
  const [tag = '', object = '', type, peeled = '', peeledType] = fields;
  const annotated = type === 'tag';
  const direct = annotated ? peeledType : type;
  if (direct === 'commit') return { tag, annotated, commit: annotated ? peeled : object };
  const commit = direct === 'tag' ? await commitOf(git, `refs/tags/${tag}`, signal) : undefined;
  return commit === undefined ? { tag, annotated } : { tag, annotated, commit };
}

/** The commit an expression of ours names, or undefined. */
export async function commitOf(git: Git, name: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const result = await git.result(args, { signal });
  const commit = result.stdout.trim();
  return result.exitCode === 0 && COMMIT.test(commit) ? commit : undefined;
}

/**
 * Finds what `ref` names: a full commit id, a full ref name, then tag before branch before short commit id. `versions`:
 * those of the repository, newest first.
 * @throws CcError `InvalidInput` for what can be no ref or is an ambiguous short id; `NotFound` with close names.
 */
export async function resolveRef(
  git: Git,
  { ref, versions }: { ref: string; versions: readonly VersionTag[] },
  signal: AbortSignal,
): Promise<ResolvedRef> {
  if (FORBIDDEN.test(ref)) throw new CcError('InvalidInput', `"${ref}" is not a branch, tag, commit or full ref name`);
  const found = await candidates(git, ref, signal);
  const [first, second] = found;
  if (!first) throw await notFound(git, ref, signal);
  const named = versions.find((tag) => `refs/tags/${tag.tag}` === first.ref);
  const tag = named ?? versions.find((candidate) => candidate.commit === first.commit);
  const note = second && second.commit !== first.commit ? `${first.ref} was taken, not ${second.ref}` : undefined;
  return { ...first, ...(tag ? { tag } : {}), ...(note ? { note } : {}) };
}

async function candidates(git: Git, ref: string, signal: AbortSignal): Promise<ResolvedRef[]> {
  const lower = ref.toLowerCase();
  const names = MIRRORED.test(ref) ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`, `refs/${ref}`];
  const found: ResolvedRef[] = [];
  if (COMMIT.test(lower)) found.push(...(await named(git, lower, signal)));
  for (const name of names.filter((candidate) => MIRRORED.test(candidate)))
    found.push(...(await named(git, name, signal)));
  return found.length > 0 || !/^[0-9a-f]{4,39}$/.test(lower) ? found : shortId(git, lower, signal);
}

async function named(git: Git, name: string, signal: AbortSignal): Promise<ResolvedRef[]> {
  const commit = await commitOf(git, name, signal);
  return commit === undefined ? [] : [{ ref: name, commit }];
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

async function notFound(git: Git, ref: string, signal: AbortSignal): Promise<CcError> {
  const spaces = ['refs/heads', 'refs/tags', 'refs/pull', 'refs/merge-requests'];
  const text = await git.text(['for-each-ref', '--format=%(refname)', ...spaces], { signal });
  const names = text.split('\n').filter((line) => line !== '');
  const close = closest(ref, names);
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
