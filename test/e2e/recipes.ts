import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandRunner } from '../../lib/exec/command.ts';
import { buildDemoRecipes } from '../../scripts/build-demo-recipes.ts';

/** Builds the demo's recipes below `directory`: `notes` and `hello`, with tags and branches `broken/…`. */
export async function demoRecipes(directory: string): Promise<void> {
  await buildDemoRecipes({ directory, runner: commandRunner, path: process.env.PATH ?? '/usr/bin:/bin' });
}

/** Files of a commit by path; `undefined` removes one. */
export type Files = Record<string, string | undefined>;

/** A recipe's git repository that a test writes; one that is there is gone on with. */
export class RecipeRepository {
  readonly directory: string;
  #commits = 0;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    if (!existsSync(join(directory, '.git'))) this.git('init', '-q', '--initial-branch=main');
  }

  /** Writes files and commits them; gives the commit's id. */
  commit(message: string, files: Files): string {
    for (const [path, text] of Object.entries(files)) {
      const target = join(this.directory, path);
      if (text === undefined) rmSync(target);
      else {
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
      }
    }
    this.git('add', '--all', '--force');
    this.git('commit', '-q', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** {@link RecipeRepository.commit} and an annotated tag. */
  release(version: string, files: Files): string {
    const commit = this.commit(`Release ${version}`, files);
    this.git('tag', '-a', '-m', `Release ${version}`, version);
    return commit;
  }

  /** A branch off `from` with one commit; `main` is checked out again. */
  branch(name: string, files: Files, from = 'main'): string {
    this.git('checkout', '-q', '-b', name, from);
    const commit = this.commit(`Change ${name}`, files);
    this.git('checkout', '-q', 'main');
    return commit;
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8');
  }

  git(...args: readonly string[]): string {
    const date = `${1_767_225_600 + this.#commits * 60} +0000`;
    if (args[0] === 'commit') this.#commits += 1;
    const who = { GIT_AUTHOR_NAME: 'T', GIT_AUTHOR_EMAIL: 't@example.org', GIT_COMMITTER_NAME: 'T' };
    const env = {
      PATH: process.env.PATH,
      HOME: this.directory,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_COMMITTER_EMAIL: 't@example.org',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      ...who,
    };
    return execFileSync('git', args, { cwd: this.directory, env, encoding: 'utf8' }).trim();
  }
}

/** Copies a whole repository, so that tests that change one do not disturb others. */
export function copyRepository(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}
