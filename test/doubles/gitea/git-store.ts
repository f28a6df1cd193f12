import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, Repository } from './state.ts';

export interface Change {
  /** Commit or branch to start from; undefined for the first of a repository. */
  from: string | undefined;
  branch: string;
  /** Content by path. */
  files: Readonly<Record<string, string | Buffer>>;
  message: string;
  author: Account;
  atMs: number;
}

export interface Diff {
  mergeBase: string;
  additions: number;
  deletions: number;
  files: number;
}

const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

/** Bare repositories below a directory of their own. */
export class GitStore {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<GitStore> {
    return new GitStore(await mkdtemp(join(tmpdir(), 'cc-ci-forge-')));
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  pathOf({ id }: Repository): string {
    return join(this.directory, `${id}.git`);
  }

  async create(repository: Repository): Promise<void> {
    await run(['init', '-q', '--bare', '-b', repository.defaultBranch, this.pathOf(repository)]);
  }

  /** All branches and tags of another repository, by its path. */
  async copy(repository: Repository, from: string): Promise<void> {
    await this.create(repository);
    await this.#git(repository, ['fetch', '-q', from, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']);
  }

  async remove(repository: Repository): Promise<void> {
    await rm(this.pathOf(repository), { recursive: true, force: true });
  }

  /** A commit on a branch. @returns its hash. */
  async commit(repository: Repository, change: Change): Promise<string> {
    const { branch, from, author, message, atMs, files } = change;
    const who = `${author.login} <${author.email}> ${Math.floor(atMs / 1000)} +0000`;
    const lines: (string | Buffer)[] = [`commit refs/heads/${branch}\nauthor ${who}\ncommitter ${who}\n`];
    lines.push(data(`${message}\n`), from === undefined ? '' : `from ${await this.hash(repository, from)}\n`);
    for (const [path, content] of Object.entries(files)) lines.push(`M 100644 inline ${path}\n`, data(content));
    await this.#git(
      repository,
      ['fast-import', '--quiet', '--force'],
      Buffer.concat(lines.map((one) => Buffer.from(one))),
    );
    return await this.hash(repository, `refs/heads/${branch}`);
  }

  /** @returns hash of what a ref or expression stands for. */
  async hash(repository: Repository, expression: string): Promise<string> {
    return await this.#git(repository, ['rev-parse', '--verify', '-q', expression]);
  }

  async hasCommit(repository: Repository, commit: string): Promise<boolean> {
    return await this.#git(repository, ['cat-file', '-e', `${commit}^{commit}`]).then(
      () => true,
      () => false,
    );
  }

  /** Fetches a ref of another repository, by its path, to one here. @returns its hash. */
  async fetch(repository: Repository, path: string, refs: { from: string; to: string }): Promise<string> {
    await this.#git(repository, ['fetch', '-q', path, `+${refs.from}:${refs.to}`]);
    return await this.hash(repository, refs.to);
  }

  async setRef(repository: Repository, ref: string, commit: string): Promise<void> {
    await this.#git(repository, ['update-ref', ref, commit]);
  }

  async diff(repository: Repository, base: string, head: string): Promise<Diff> {
    const mergeBase = await this.#git(repository, ['merge-base', base, head]);
    const lines = (await this.#git(repository, ['diff', '--numstat', mergeBase, head])).split('\n').filter(Boolean);
    const sum = (column: number): number =>
      lines.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0);
    return { mergeBase, additions: sum(0), deletions: sum(1), files: lines.length };
  }

  /** Hashes of what `head` has and `base` has not, the oldest first. */
  async commitsBetween(repository: Repository, base: string, head: string): Promise<string[]> {
    const hashes = await this.#git(repository, ['rev-list', '--reverse', `${base}..${head}`]);
    return hashes.split('\n').filter(Boolean);
  }

  /** Paths that a commit added and changed. */
  async changed(repository: Repository, commit: string): Promise<{ added: string[]; modified: string[] }> {
    const argv = ['diff-tree', '-r', '--root', '--no-commit-id', '--name-status', commit];
    const lines = (await this.#git(repository, argv))
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'));
    const of = (letter: string): string[] => lines.flatMap(([kind, path = '']) => (kind === letter ? path : []));
    return { added: of('A'), modified: of('M') };
  }

  /** A commit that merges, or undefined where there are conflicts. */
  async merge(repository: Repository, { base, head, author, atMs }: MergeRequest): Promise<string | undefined> {
    const tree = await this.#git(repository, ['merge-tree', '--write-tree', base, head]).catch(() => undefined);
    if (tree === undefined) return undefined;
    const date = `${Math.floor(atMs / 1000)} +0000`;
    return await run(
      ['--git-dir', this.pathOf(repository), 'commit-tree', tree, '-p', base, '-p', head, '-m', 'Merge pull request'],
      undefined,
      {
        ...identity('AUTHOR', author, date),
        ...identity('COMMITTER', author, date),
      },
    );
  }

  async #git(repository: Repository, argv: readonly string[], input?: Buffer): Promise<string> {
    return await run(['--git-dir', this.pathOf(repository), ...argv], input);
  }
}

export interface MergeRequest {
  base: string;
  head: string;
  author: Account;
  atMs: number;
}

function identity(role: string, { login, email }: Account, date: string): Record<string, string> {
  return { [`GIT_${role}_NAME`]: login, [`GIT_${role}_EMAIL`]: email, [`GIT_${role}_DATE`]: date };
}

function data(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

/** @returns what git prints, without the last line end. */
function run(argv: readonly string[], input?: Buffer, environment: Record<string, string> = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('git', argv, { env: { ...ENVIRONMENT, ...environment } }, (error, stdout) =>
    error === null ? resolve(stdout.trimEnd()) : reject(error),
  );
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return promise;
}
