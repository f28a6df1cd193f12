import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseAppEnv } from './app-env.ts';
import { fatal } from './fatal.ts';

/** [V] Everything lies below ABRA_DIR, by default `~/.abra`. */
export function abraDirectory(): string {
  return process.env.ABRA_DIR ?? join(homedir(), '.abra');
}

export const serversDirectory = (): string => join(abraDirectory(), 'servers');

/** [V] A recipe is a git clone below `recipes/`. */
export function recipeDirectory(recipe: string): string {
  return join(abraDirectory(), 'recipes', recipe);
}

export function servers(): string[] {
  const directory = serversDirectory();
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** An app as its env file says. */
export class App {
  readonly domain: string;
  readonly server: string;

  constructor(server: string, domain: string) {
    this.server = server;
    this.domain = domain;
  }

  /** [V] One file per app: `servers/<server>/<domain>.env`. */
  get file(): string {
    return join(serversDirectory(), this.server, `${this.domain}.env`);
  }

  get env(): Record<string, string> {
    return parseAppEnv(readFileSync(this.file, 'utf8')).values;
  }

  get modifiers(): Record<string, string> {
    return parseAppEnv(readFileSync(this.file, 'utf8')).comments;
  }

  /** [V] `TYPE` or `RECIPE` holds `recipe[:version]`. */
  get #type(): string {
    const { TYPE, RECIPE } = this.env;
    return TYPE ?? RECIPE ?? fatal(`${this.domain} is missing the TYPE env var?`);
  }

  get recipe(): string {
    return this.#type.split(':')[0] ?? '';
  }

  /** Version pinned in the env file, if any. */
  get pin(): string | undefined {
    const [, ...rest] = this.#type.split(':');
    return rest.length === 0 ? undefined : rest.join(':').replace(/\+U$/, '');
  }

  /** [V] Stack name: dots become underscores. [M] Cut to 45 characters; STACK_NAME in the env file overrides it. */
  get stack(): string {
    return this.env.STACK_NAME ?? stackName(this.domain);
  }

  /**
   * [V] new, deploy, upgrade and rollback write the version behind the recipe's name. [M] The rewritten file has no
   * final newline.
   */
  pinVersion(version: string): void {
    const lines = readFileSync(this.file, 'utf8').split('\n');
    const text = lines.map((line) => line.replace(/^(TYPE|RECIPE)=.*/, `$1=${this.recipe}:${version}`)).join('\n');
    writeFileSync(this.file, text.replace(/\n+$/, ''));
  }
}

export function stackName(domain: string): string {
  return domain.replaceAll('.', '_').slice(0, 45);
}

export function allApps(): App[] {
  return servers().flatMap((server) =>
    readdirSync(join(serversDirectory(), server))
      .filter((name) => name.endsWith('.env'))
      .map((name) => new App(server, name.slice(0, -'.env'.length))),
  );
}

/** [M] An app without env file: `cannot find app with name`. */
export function findApp(domain: string | undefined): App {
  if (domain === undefined) return fatal('no app provided');
  return allApps().find((app) => app.domain === domain) ?? fatal(`cannot find app with name ${domain}`);
}
