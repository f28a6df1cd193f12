import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fatal } from './fatal.ts';
import { recipeDirectory } from './home.ts';
import { run } from './shell.ts';

interface Tag {
  name: string;
  kind: 'Annotated' | 'Lightweight';
}

/** The git clone of a recipe. It is shared, mutable state: several commands move it. */
export class RecipeRepository {
  readonly name: string;
  readonly directory: string;

  constructor(name: string) {
    this.name = name;
    this.directory = recipeDirectory(name);
    if (!existsSync(join(this.directory, '.git'))) fatal(`unable to find recipe ${name}: repository does not exist`);
  }

  #git(...args: string[]): { code: number; text: string } {
    const { code, out, err } = run(['git', ...args], { cwd: this.directory });
    return { code, text: (code === 0 ? out : err).trimEnd() };
  }

  head(): string {
    return this.#git('rev-parse', 'HEAD').text;
  }

  /** [V] Untracked files count. */
  isDirty(): boolean {
    return this.#git('status', '--porcelain', '--untracked-files=all').text !== '';
  }

  /** [V] Eight characters of the commit; `+U` behind them where the tree is dirty. */
  chaosVersion(): string {
    return `${this.head().slice(0, 8)}${this.isDirty() ? '+U' : ''}`;
  }

  tags(): Tag[] {
    const format = '--format=%(objecttype) %(refname:strip=2)';
    const rows = this.#git('for-each-ref', format, 'refs/tags').text.split('\n').filter(Boolean);
    return rows.map((row) => ({
      name: row.slice(row.indexOf(' ') + 1),
      kind: row.startsWith('tag ') ? 'Annotated' : 'Lightweight',
    }));
  }

  /** [V] Tags that are no version are skipped. Oldest first. */
  versions(): string[] {
    const names = this.tags().map(({ name }) => name);
    return names.filter((name) => /^v?\d+\.\d+\.\d+(?:\+.+)?$/.test(name)).sort(compareVersions);
  }

  /** [V] A dirty tree stops what would move it. */
  assertClean(): void {
    if (this.isDirty()) fatal(`${this.name} (${this.directory}) has locally unstaged changes?`);
  }

  /** [V] The version is a tag or a commit; the tree is left there. */
  checkout(version: string): void {
    const { code } = this.#git('rev-parse', '--verify', '--quiet', `${version}^{commit}`);
    if (code !== 0) fatal(`unable to resolve '${version}' for ${this.name}: reference not found`);
    const moved = this.#git('checkout', '--quiet', '--detach', version);
    if (moved.code !== 0) fatal(moved.text);
  }

  /** [M] Without a pinned version the default branch is checked out. */
  checkoutDefaultBranch(): void {
    const branch = ['main', 'master'].find(
      (name) => this.#git('rev-parse', '--verify', '--quiet', `refs/heads/${name}`).code === 0,
    );
    if (branch === undefined) fatal(`failed to select default branch in ${this.directory}`);
    const moved = this.#git('checkout', '--quiet', branch);
    if (moved.code !== 0) fatal(moved.text);
  }

  /**
   * What stands before most commands. [V] Chaos leaves the tree alone; else it must be clean and is moved to the pinned
   * version. [M] Without `--offline` it is fetched first, where it has a remote.
   */
  ensure({ chaos, offline, version }: { chaos: boolean; offline: boolean; version: string | undefined }): void {
    if (chaos) return;
    this.assertClean();
    if (!offline) this.fetchTags();
    if (version === undefined) this.checkoutDefaultBranch();
    else this.checkout(version);
  }

  /** [V] Tags are fetched by force from `origin`. [M] Without remotes nothing is fetched. */
  fetchTags(): void {
    if (this.#git('remote').text === '') return;
    const { code, text } = this.#git('fetch', '--quiet', '--force', '--tags', 'origin');
    if (code !== 0) fatal(`unable to fetch tags for ${this.name}: ${text.split('\n').at(-1)}`);
  }

  read(name: string): string | undefined {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** [V] Every `compose*.yml` of the tree, untracked ones included. */
  composeFiles(): string[] {
    return readdirSync(this.directory)
      .filter((name) => /^compose.*\.ya?ml$/.test(name))
      .sort();
  }
}

/** [V] The recipe's part before the `+` is compared first. */
function compareVersions(one: string, other: string): number {
  const [a = '', b = ''] = [one, other].map((text) => text.split('+')[0]?.replace(/^v/, ''));
  return a.localeCompare(b, 'en', { numeric: true }) || one.localeCompare(other, 'en', { numeric: true });
}
