import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type KeptTree, writeTree } from '../../builders/kept-tree.ts';

const IDENTITY = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  // A commit starts no other program that sees whether there is something to tidy up.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'maintenance.auto',
  GIT_CONFIG_VALUE_0: 'false',
};

/** A real git repository for tests. */
export class Repository {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(directory: string, args: string[] = []): Promise<Repository> {
    await mkdir(directory, { recursive: true });
    const repository = new Repository(directory);
    // Without samples of hooks.
    repository.git('init', '--quiet', '--initial-branch=main', '--template=', ...args);
    return repository;
  }

  /** A copy of one that was kept in memory, work tree and all. */
  static async of(kept: KeptTree, directory: string): Promise<Repository> {
    await mkdir(directory, { recursive: true });
    await writeTree(kept, directory);
    return new Repository(directory);
  }

  git(...args: string[]): string {
    const env = { ...IDENTITY, PATH: process.env.PATH ?? '', HOME: this.directory, LANG: 'C' };
    return execFileSync('git', args, { cwd: this.directory, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  async write(path: string, text: string, mode?: number): Promise<this> {
    const file = join(this.directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (mode !== undefined) await chmod(file, mode);
    return this;
  }

  async link(path: string, target: string): Promise<this> {
    await symlink(target, join(this.directory, path));
    return this;
  }

  /** Commits everything; gives the commit id. */
  commit(message = 'change'): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.#head();
  }

  /** What HEAD names, without a child for it. */
  #head(): string {
    const read = (path: string): string => readFileSync(join(this.directory, '.git', path), 'utf8').trim();
    const head = read('HEAD');
    return head.startsWith('ref: ') ? read(head.slice('ref: '.length)) : head;
  }

  /** An annotated tag. */
  tag(name: string, target = 'HEAD'): void {
    this.git('tag', '--annotate', '--message', name, name, target);
  }
}
