import type { Git } from './git.ts';
import type { RawTag } from './version.ts';

/** What a ref names. */
export interface ListedRef {
  /** Of the ref itself: an annotated tag is an object of its own. */
  object: string;
  /** It names a tag object. */
  annotated: boolean;
  /** What it comes to; undefined: no commit. */
  commit?: string;
}

/** The refs that a mirror has of its source, as one look shows them. */
export interface RefListing {
  /** By full name, in git's order. */
  refs: ReadonlyMap<string, ListedRef>;
  /** Full name of the default branch; undefined: that has no commit. */
  head: string | undefined;
}

/** What is mirrored of a source; nothing of it lands in `refs/cc-ci/`, which is ours and never pruned. */
export const MIRRORED_SPACES = ['heads/*', 'tags/*', 'pull/*/head', 'merge-requests/*/head'] as const;

const MIRRORED = /^refs\/(?:(?:heads|tags)\/.+|(?:pull|merge-requests)\/.+\/head)$/;
const SPACES = ['refs/heads', 'refs/tags', 'refs/pull', 'refs/merge-requests'];
const FORMAT = ['HEAD', 'refname', 'objectname', 'objecttype', '*objectname', '*objecttype'];
const COMMIT = /^[0-9a-f]{40}$/;

/** Lists the refs of a mirror, by one child but for tags of tags. @throws CcError as `Git.text`. */
export async function listRefs(git: Git, signal: AbortSignal): Promise<RefListing> {
  const format = FORMAT.map((field) => `%(${field})`).join('%00');
  const text = await git.text(['for-each-ref', `--format=${format}`, ...SPACES], { signal });
  const refs = new Map<string, ListedRef>();
  let head: string | undefined;
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [mark, name = '', object = '', type, peeled = '', peeledType] = line.split('\0');
    const annotated = type === 'tag';
    const direct = annotated ? { type: peeledType, object: peeled } : { type, object };
    const commit = direct.type === 'tag' ? await commitOf(git, name, signal) : direct.object;
    const isCommit = direct.type === 'commit' || (direct.type === 'tag' && commit !== undefined);
    refs.set(name, { object, annotated, ...(isCommit && commit !== undefined ? { commit } : {}) });
    if (mark === '*') head = name;
  }
  return { refs, head };
}

/** The commit that an expression of ours names, or undefined. @throws CcError as `Git.result`. */
export async function commitOf(git: Git, name: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const result = await git.result(args, { signal });
  const commit = result.stdout.trim();
  return result.exitCode === 0 && COMMIT.test(commit) ? commit : undefined;
}

/** The tags of a listing. Pure. */
export function tagsIn({ refs }: RefListing): RawTag[] {
  const space = 'refs/tags/';
  return [...refs]
    .filter(([name]) => name.startsWith(space))
    .map(([name, { annotated, commit }]) => ({
      tag: name.slice(space.length),
      annotated,
      ...(commit === undefined ? {} : { commit }),
    }));
}

/** What a source says that it has, by `git ls-remote --symref`. */
export interface SourceRefs {
  /** Object of each ref that is mirrored, by its full name. */
  objects: ReadonlyMap<string, string>;
  /** Full name of the default branch; undefined: it names none (a detached HEAD). */
  head: string | undefined;
}

/** Reads the output of `git ls-remote --symref`. Pure. */
export function sourceRefsOf(output: string): SourceRefs {
  const objects = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [object = '', name = ''] = line.split('\t');
    // `^{}`: what a tag comes to, which is no ref.
    if (MIRRORED.test(name) && !name.endsWith('^{}')) objects.set(name, object);
  }
  return { objects, head: /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(output)?.[1] };
}

/** True where a fetch would bring nothing and remove nothing. Pure. */
export function isUpToDate(here: RefListing, source: SourceRefs): boolean {
  const { refs } = here;
  if (refs.size !== source.objects.size) return false;
  for (const [name, object] of source.objects) if (refs.get(name)?.object !== object) return false;
  return headIn(refs, source.head) === here.head;
}

/** The default branch that a mirror has: the one that its source names, if that is there. Pure. */
function headIn(refs: RefListing['refs'], named: string | undefined): string | undefined {
  const head = defaultBranchOf(refs, named);
  return refs.has(head) ? head : undefined;
}

/** The default branch: as the source names it; where it names none, main, master, else the only one. Pure. */
export function defaultBranchOf(refs: RefListing['refs'], named: string | undefined): string {
  if (named !== undefined) return named;
  const names = [...refs.keys()].filter((name) => name.startsWith('refs/heads/'));
  const usual = ['refs/heads/main', 'refs/heads/master'].find((name) => names.includes(name));
  return usual ?? (names.length === 1 ? names[0] : undefined) ?? 'refs/heads/main';
}
