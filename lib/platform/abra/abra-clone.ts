import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orElse } from '../../errors.ts';
import type { CommandRunner } from '../../exec/command.ts';
import { exists } from '../../fs/exists.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { Git, type GitCall } from '../../recipe/git.ts';
import { assertLinksInside } from '../../recipe/recipe-file.ts';
import type { Revision } from '../platform.ts';

export interface AbraCloneOptions {
  runner: CommandRunner;
  /** PATH of the children. */
  path: string;
  instanceId: string;
}

/** Abra looks for one of this name where an app is pinned to no version. */
const BRANCH = 'main';
const IDENTITY = ['-c', 'user.name=cc-ci', '-c', 'user.email=cc-ci@localhost'] as const;

/** Makes the git repositories that abra finds in its directory. */
export class AbraClones {
  readonly #options: AbraCloneOptions;

  constructor(options: AbraCloneOptions) {
    this.#options = options;
  }

  /**
   * Makes `directory` a clone with the revision's commit checked out on branch `main`, the tags of its repository, that
   * repository as origin, and a clean tree. Idempotent; what is broken there is made anew.
   * @throws CcError `Internal` for a revision without repository; `Damaged` where the repository lacks the commit;
   *   `InvalidInput` for a link that leads out of the recipe: abra follows any.
   */
  async checkout(directory: string, revision: Revision, signal: AbortSignal): Promise<void> {
    const repository = revision.repository ?? missingRepository(revision);
    const wanted = { directory, repository, commit: revision.commit, signal };
    await orElse(this.#checkout(wanted), ['NotFound', 'DataMissing', 'Damaged'], async () => {
      await removeTree(directory);
      await this.#checkout(wanted);
    });
    await assertLinksInside(directory);
  }

  /** Puts the tree of an existing clone back to its commit; absent is success. */
  async restore(directory: string, signal: AbortSignal): Promise<void> {
    if (!(await exists(join(directory, '.git')))) return;
    const call: GitCall = { signal, cwd: directory };
    const git = this.#git(directory);
    await git.text([`--work-tree=${directory}`, 'reset', '--quiet', '--hard', BRANCH], call);
    await git.text([`--work-tree=${directory}`, 'clean', '--quiet', '-ffdx'], call);
  }

  /** A catalogue without recipes, as a repository of its own: several commands of abra want one. Idempotent. */
  async makeCatalogue(directory: string, signal: AbortSignal): Promise<void> {
    const git = this.#git(directory);
    const call: GitCall = { signal, cwd: directory };
    if (await exists(git.directory)) {
      const { exitCode } = await git.result(['rev-parse', '--verify', '--quiet', 'HEAD'], call);
      if (exitCode === 0) return;
      await removeTree(directory);
    }
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'recipes.json'), '{}\n');
    await this.#commit(directory, call);
  }

  /** Makes a repository of what lies in `directory`, with one commit and an annotated tag. */
  async release(directory: string, version: string, signal: AbortSignal): Promise<void> {
    const call: GitCall = { signal, cwd: directory };
    await this.#commit(directory, call);
    await this.#git(directory).text([...IDENTITY, 'tag', '--annotate', '--message', version, version], call);
  }

  async #commit(directory: string, call: GitCall): Promise<void> {
    const git = this.#git(directory);
    await this.#init(directory, call);
    await git.text([`--work-tree=${directory}`, 'add', '--all'], call);
    await git.text([...IDENTITY, `--work-tree=${directory}`, 'commit', '--quiet', '--message', 'Start'], call);
  }

  async #checkout(options: {
    directory: string;
    repository: string;
    commit: string;
    signal: AbortSignal;
  }): Promise<void> {
    const { directory, repository, commit, signal } = options;
    const git = this.#git(directory);
    const call: GitCall = { signal, cwd: directory };
    await this.#init(directory, call);
    await git.text(['config', 'remote.origin.url', repository], call);
    await git.text(['config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'], call);
    const refs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
    await git.text(['fetch', '--quiet', '--prune', '--no-tags', 'origin', ...refs, commit], call);
    const tree = `--work-tree=${directory}`;
    await git.text([tree, 'checkout', '--quiet', '--force', '-B', BRANCH, commit], call);
    await git.text([tree, 'clean', '--quiet', '-ffdx'], call);
    await this.#assertExact(git, commit, call);
  }

  /** Abra marks a tree that differs from its commit: better to know before it deploys one. */
  async #assertExact(git: Git, commit: string, call: GitCall): Promise<void> {
    const head = (await git.text(['rev-parse', 'HEAD'], call)).trim();
    const status = await git.text(
      [`--work-tree=${call.cwd}`, 'status', '--porcelain', '--untracked-files=all', '--ignored=no'],
      call,
    );
    if (head === commit && status === '') return;
    throw new CcError('Damaged', `${call.cwd} is not exactly the commit ${commit}: ${status.split('\n')[0] || head}`, {
      remedy: 'See whether attributes of the recipe (.gitattributes) rewrite its files on checkout.',
    });
  }

  async #init(directory: string, call: GitCall): Promise<void> {
    const git = this.#git(directory);
    await mkdir(git.directory, { recursive: true });
    await git.prepareHome();
    await git.text(['init', '--quiet', `--initial-branch=${BRANCH}`], call);
  }

  #git(directory: string): Git {
    const { runner, path, instanceId } = this.#options;
    const token = (): string => `${instanceId}/child/${randomUUID()}`;
    return new Git(join(directory, '.git'), { runner, path, token });
  }
}

function missingRepository({ commit }: Revision): never {
  const remedy = 'Report this.';
  throw new CcError('Internal', `nothing says from which repository the commit ${commit} comes`, { remedy });
}
