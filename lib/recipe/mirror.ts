import { CcError, hasCode } from '../errors.ts';
import { closing } from '../fs/closing.ts';
import { Serial } from '../serial.ts';
import { checkoutCommit } from './checkout.ts';
import { Git, type GitOptions } from './git.ts';
import { type AccessibleSource, fetchMirror, healMirror, remakeMirror } from './mirror-fetch.ts';
import { type DirectoryEntry, isTreePath, listTreeDirectory, readTreeFile } from './mirror-files.ts';
import { assertCommit, KEPT, type ResolvedRef, resolveRef } from './mirror-refs.ts';
import { type MirrorContents, mirrorContents, packMirror, removeMirror } from './mirror-upkeep.ts';
import { commitOf, listRefs, type RefListing, tagsIn } from './ref-listing.ts';
import { parseSource, type RecipeSource } from './source.ts';
import { openAccess, type SourceAccess } from './source-access.ts';
import { listVersions, type VersionListing, type VersionTag, versionTagsOf } from './version.ts';

export type { ResolvedRef } from './mirror-refs.ts';

export interface RecipeMirrorOptions extends GitOptions {
  /** The bare repository; created by the first fetch. One mirror object per directory and process. */
  directory: string;
  /** Git URL, absolute path or file:// URL; a repository with a work tree will do. */
  source: string;
  /** Opens the access to the source for one fetch; default: what its URL holds. */
  access?: (source: RecipeSource) => Promise<SourceAccess>;
}

/** What was read of the copy since it was changed; of commits those that are there. */
class Known {
  readonly refs: RefListing | undefined;
  readonly commits: Set<string>;

  constructor(refs?: RefListing) {
    this.refs = refs;
    // To say what a ref names, git read the commit.
    const commits = [...(refs?.refs.values() ?? [])].map(({ commit }) => commit);
    this.commits = new Set(commits.filter((commit) => commit !== undefined));
  }
}

const HISTORY_LIMIT = 50_000;

/**
 * A bare copy of a recipe's repository with its branches, tags and pull request heads, beside our own refs that keep
 * commits alive. Reads go to the copy only; `fetch` alone talks to the source. After a failed fetch everything that
 * asks "what is newest" (`resolve`, `versions`, `defaultBranch`) fails like the fetch did, until one succeeds; what is
 * asked by commit goes on working. Every method is idempotent; errors are CcError, `Aborted` on abort.
 */
export class RecipeMirror {
  readonly #options: RecipeMirrorOptions;
  readonly #source: RecipeSource;
  readonly #git: Git;
  readonly #writes = new Serial();
  #healing: Promise<void> | undefined;
  #failure: unknown;
  /** Commits whose size was found to be that of a recipe: it does not change. */
  readonly #sized = new Set<string>();
  /** Another one after each change: what is read while one goes on counts for nobody after it. */
  #known = new Known();

  /** @throws CcError `Misconfigured` for a source that is neither a git URL nor an absolute path. */
  constructor(options: RecipeMirrorOptions) {
    this.#options = options;
    this.#source = parseSource(options.source);
    const { runner, token, path } = options;
    this.#git = new Git(options.directory, { runner, path, ...(token ? { token } : {}) });
  }

  /**
   * Brings the copy up to date with the source; the first one creates it. A crash at any point is healed by the next.
   * @throws CcError `Misconfigured` where the source is no repository; `Unreachable` where it does not answer;
   *   `Damaged` where the copy is.
   */
  fetch(signal: AbortSignal): Promise<void> {
    return this.#write(signal, async () => {
      const { refs: known } = this.#known;
      this.#known = new Known();
      try {
        const fetch = async (source: AccessibleSource) => await fetchMirror(this.#git, source, known, signal);
        const refs = await this.#withSource(fetch);
        this.#known = new Known(refs);
      } catch (error) {
        this.#known = new Known();
        if (!hasCode(error, 'Aborted')) this.#failure = error;
        throw error;
      }
      this.#failure = undefined;
    });
  }

  /**
   * What a branch, tag, commit id (whole or short) or full ref name stands for.
   * @throws CcError `NotFound` with close names; `InvalidInput`; as the last fetch where that failed.
   */
  async resolve(ref: string, signal: AbortSignal): Promise<ResolvedRef> {
    this.#assertFresh();
    const listing = await this.#refs(signal);
    const versions = versionTagsOf(tagsIn(listing));
    const name = ref === 'HEAD' ? (listing.head ?? ref) : ref;
    return resolveRef(this.#git, { ref: name, versions, listing }, signal);
  }

  /** The source's default branch and its commit; undefined where the source has no commit. */
  async defaultBranch(signal: AbortSignal): Promise<{ name: string; commit: string } | undefined> {
    this.#assertFresh();
    return this.#defaultBranch(signal);
  }

  /** The version tags, newest first, and the tags that are not used, with the reason. */
  async versions(signal: AbortSignal): Promise<VersionListing> {
    this.#assertFresh();
    return listVersions(tagsIn(await this.#refs(signal)));
  }

  /** The newest version tag of exactly this commit. */
  async versionAt(commit: string, signal: AbortSignal): Promise<VersionTag | undefined> {
    assertCommit(commit);
    return (await this.#versionTags(signal)).find((tag) => tag.commit === commit);
  }

  /** The version tag of the commit or of its nearest ancestor that has one. */
  async nearestVersion(commit: string, signal: AbortSignal): Promise<VersionTag | undefined> {
    assertCommit(commit);
    const tags = await this.#versionTags(signal);
    const args = ['rev-list', `--max-count=${HISTORY_LIMIT}`, '--end-of-options', commit];
    const history = (await this.#git.text(args, { signal })).split('\n');
    const nearest = history.find((ancestor) => tags.some((tag) => tag.commit === ancestor));
    return tags.find((tag) => tag.commit === nearest);
  }

  /** True where commit `a` is `b` or reachable from it. A commit the mirror does not have is nobody's ancestor. */
  async isAncestor(a: string, b: string, signal: AbortSignal): Promise<boolean> {
    assertCommit(a);
    assertCommit(b);
    await this.#heal(signal);
    const result = await this.#git.result(['merge-base', '--is-ancestor', a, b], { signal });
    return result.exitCode === 0;
  }

  /** True where the commit is reachable from the ref. @throws CcError as {@link resolve}. */
  async contains(ref: string, commit: string, signal: AbortSignal): Promise<boolean> {
    const { commit: tip } = await this.resolve(ref, signal);
    return this.isAncestor(commit, tip, signal);
  }

  /**
   * Trust, computed from the commit: reachable from the default branch or an annotated version tag of the source; where
   * the source is a local path, from any branch or tag of it. Pull and merge requests confer nothing.
   */
  async isTrusted(
    commit: string,
    { source }: { source: 'Remote' | 'LocalPath' },
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!(await this.#has(commit, signal))) return false;
    if (this.#isTip(await this.#refs(signal), { commit, source })) return true;
    const spaces = source === 'LocalPath' ? ['refs/heads', 'refs/tags'] : ['refs/tags'];
    const args = ['for-each-ref', '--format=%(refname)', `--contains=${commit}`, ...spaces];
    const refs = (await this.#git.text(args, { signal })).split('\n').filter((line) => line !== '');
    if (source === 'LocalPath') return refs.length > 0;
    const branch = await this.#defaultBranch(signal);
    if (branch && (await this.isAncestor(commit, branch.commit, signal))) return true;
    const versions = new Set((await this.#versionTags(signal)).map((tag) => `refs/tags/${tag.tag}`));
    return refs.some((ref) => versions.has(ref));
  }

  /** The bare repository itself, for whoever needs a clone of it. */
  get directory(): string {
    return this.#options.directory;
  }

  /**
   * Makes `directory` exactly the files of the commit (modes and symbolic links kept, submodules empty), without any
   * link back to a repository; what was there before is replaced. A crash leaves the old content, the new, or none.
   */
  async checkout(commit: string, directory: string, signal: AbortSignal): Promise<void> {
    await this.#assertPresent(commit, signal);
    const isSized = this.#sized.has(commit);
    await checkoutCommit(this.#git, { commit, directory, isSized, signal });
    this.#sized.add(commit);
  }

  /** A file of the commit as text; undefined where there is no regular file of that name. */
  async readFile(commit: string, path: string, signal: AbortSignal): Promise<string | undefined> {
    await this.#assertPresent(commit, signal);
    return isTreePath(path) ? readTreeFile(this.#git, { commit, path }, signal) : undefined;
  }

  /** What a directory of the commit holds, by git and not by its files; `Other`: the path is no directory. */
  async listDirectory(
    commit: string,
    path: string,
    signal: AbortSignal,
  ): Promise<DirectoryEntry[] | 'Absent' | 'Other'> {
    await this.#assertPresent(commit, signal);
    return isTreePath(path) ? listTreeDirectory(this.#git, { commit, path }, signal) : 'Absent';
  }

  /** The note `release/<tag>` of that version; undefined where there is none or it is blank. */
  async releaseNotes(tag: VersionTag, signal: AbortSignal): Promise<string | undefined> {
    const text = await this.readFile(tag.commit, `release/${tag.tag}`, signal);
    return text?.trim() ? text : undefined;
  }

  /** Keeps a commit of the mirror alive under a name of ours, whatever the source does. Replaces an earlier one. */
  async keep(name: string, commit: string, signal: AbortSignal): Promise<void> {
    await this.#assertPresent(commit, signal);
    await this.#write(signal, () => this.#git.text(['update-ref', keepRef(name), commit], { signal }));
  }

  /** Ends {@link keep}; absent is success. */
  async release(name: string, signal: AbortSignal): Promise<void> {
    await this.#write(signal, () => this.#git.text(['update-ref', '-d', keepRef(name)], { signal }));
    this.#known = new Known(this.#known.refs);
  }

  /** What it holds; undefined where it was never fetched. @throws CcError as `Git.text`. */
  async contents(signal: AbortSignal): Promise<MirrorContents | undefined> {
    return await mirrorContents(this.#git, signal);
  }

  /** Packs it anew, as {@link packMirror}; who fetches or keeps a commit meanwhile waits. */
  async pack(signal: AbortSignal): Promise<void> {
    await this.#write(signal, () => packMirror(this.#git, signal));
  }

  /** Removes it; the next fetch makes it anew. Absent is success. */
  async remove(): Promise<void> {
    await this.#writes.run('', async () => {
      await removeMirror(this.directory);
      this.#known = new Known();
      this.#healing = undefined;
    });
  }

  async #withSource<T>(act: (source: AccessibleSource) => Promise<T>): Promise<T> {
    const { access: openFor = (source: RecipeSource) => openAccess(source, []) } = this.#options;
    const access = await openFor(this.#source);
    return await closing(access, () => act({ ...this.#source, access }));
  }

  /** Once, before anything else is asked or written. @throws CcError as {@link fetch}, where it has to be made anew. */
  async #heal(signal: AbortSignal): Promise<void> {
    this.#healing ??= this.#healNow(signal);
    const healing = this.#healing;
    try {
      await healing;
    } catch (error) {
      if (this.#healing === healing) this.#healing = undefined;
      // Somebody else's signal ended it.
      if (!hasCode(error, 'Aborted') || signal.aborted) throw error;
      await this.#heal(signal);
    }
  }

  async #healNow(signal: AbortSignal): Promise<void> {
    if ((await healMirror(this.#git, signal)) !== 'Damaged') return;
    await this.#withSource((source) => remakeMirror(this.#git, source, signal));
  }

  /** True where one of the refs that confer trust names this very commit: then nothing is looked through. */
  #isTip(listing: RefListing, { commit, source }: { commit: string; source: 'Remote' | 'LocalPath' }): boolean {
    const { refs, head = '' } = listing;
    if (source === 'LocalPath')
      return [...refs].some(([name, one]) => one.commit === commit && /^refs\/(?:heads|tags)\//.test(name));
    return refs.get(head)?.commit === commit || versionTagsOf(tagsIn(listing)).some((tag) => tag.commit === commit);
  }

  async #defaultBranch(signal: AbortSignal): Promise<{ name: string; commit: string } | undefined> {
    const { refs, head = '' } = await this.#refs(signal);
    const commit = refs.get(head)?.commit;
    return commit === undefined ? undefined : { name: head.replace('refs/heads/', ''), commit };
  }

  async #versionTags(signal: AbortSignal): Promise<VersionTag[]> {
    return versionTagsOf(tagsIn(await this.#refs(signal)));
  }

  async #refs(signal: AbortSignal): Promise<RefListing> {
    await this.#heal(signal);
    const known = this.#known;
    if (known.refs !== undefined) return known.refs;
    const refs = await listRefs(this.#git, signal);
    if (this.#known === known) this.#known = new Known(refs);
    return refs;
  }

  async #has(commit: string, signal: AbortSignal): Promise<boolean> {
    assertCommit(commit);
    await this.#heal(signal);
    const { commits } = this.#known;
    if (!commits.has(commit) && (await commitOf(this.#git, commit, signal)) === commit) commits.add(commit);
    return commits.has(commit);
  }

  async #assertPresent(commit: string, signal: AbortSignal): Promise<void> {
    if (await this.#has(commit, signal)) return;
    throw new CcError('NotFound', `commit ${commit} is not in the mirror of ${this.#source.shown}`);
  }

  #assertFresh(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** One write at a time. */
  #write<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    return this.#writes.run('', async () => {
      await this.#heal(signal);
      return await act();
    });
  }
}

function keepRef(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && !/\.\.|\.$|\.lock$/.test(name)) return `${KEPT}${name}`;
  throw new CcError('InvalidInput', `"${name}" cannot name a kept commit`);
}
