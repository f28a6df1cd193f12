import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { createFileDurable, writeFileDurable } from '../fs/durable.ts';
import { namesIn } from '../fs/exists.ts';
import { joinInside } from '../fs/join-inside.ts';
import { removeTree } from '../fs/remove-tree.ts';

/**
 * What we keep of an app beside what the platform keeps: `apps/<domain>/{env,secrets/,revisions/<commit>/}`. Secret
 * values stay here from their creation, because an engine cannot give them back.
 */
export class AppHome {
  readonly domain: string;
  readonly directory: string;

  constructor(stateDirectory: string, domain: string) {
    this.domain = domain;
    this.directory = joinInside(stateDirectory, 'apps', domain);
  }

  get envFile(): string {
    return join(this.directory, 'env');
  }

  get secretsDirectory(): string {
    return join(this.directory, 'secrets');
  }

  revisionDirectory(commit: string): string {
    return joinInside(this.directory, 'revisions', commit);
  }

  /** The app's env file as text, or undefined before the first install. */
  async readEnv(): Promise<string | undefined> {
    return await orNothing(readFile(this.envFile, 'utf8'), 'ENOENT');
  }

  /** Replaces the env file (0600); durable. */
  async writeEnv(text: string): Promise<void> {
    await writeFileDurable(this.envFile, text, { mode: 0o600 });
  }

  /** Compose name → absolute path of its value. */
  async secretFiles(): Promise<Record<string, string>> {
    const names = await namesIn(this.secretsDirectory);
    return Object.fromEntries(
      names.filter((name) => !name.startsWith('.')).map((name) => [name, join(this.secretsDirectory, name)]),
    );
  }

  /** All secret values, for masking. */
  async secretValues(): Promise<string[]> {
    return Promise.all(Object.values(await this.secretFiles()).map((file) => readFile(file, 'utf8')));
  }

  /** Stores a value unless there is one: a secret is never replaced. */
  async createSecret(name: string, value: string): Promise<void> {
    await mkdir(this.secretsDirectory, { recursive: true, mode: 0o700 });
    const file = joinInside(this.secretsDirectory, name);
    await orNothing(createFileDurable(file, value, { mode: 0o600 }), 'Conflict');
  }

  /** Stores a value over one that was generated, before the first deploy (install hooks), or that the recipe holds. */
  async replaceSecret(name: string, value: string | Uint8Array): Promise<void> {
    await mkdir(this.secretsDirectory, { recursive: true, mode: 0o700 });
    await writeFileDurable(joinInside(this.secretsDirectory, name), value, { mode: 0o600 });
  }

  /** Removes checkouts of other commits than `keep`; idempotent. */
  async pruneRevisions(keep: readonly string[]): Promise<void> {
    const root = join(this.directory, 'revisions');
    const names = await namesIn(root);
    for (const name of names) if (!keep.includes(name)) await removeTree(join(root, name));
  }
}
