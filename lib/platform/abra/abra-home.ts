import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../../errors.ts';
import { readJson, writeFileDurable, writeJsonDurable } from '../../fs/durable.ts';
import { exists } from '../../fs/exists.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { EnvFile } from '../../recipe/env-file.ts';
import { checkedName } from '../state-layout.ts';
import type { StackPlan } from '../swarm/stack/driver.ts';
import { stackFile } from '../swarm/stack/file.ts';

/** A secret that abra was asked to make: noted before, because the engine cannot tell whose it is. */
export interface NotedSecret {
  name: string;
  versionedName: string;
}

/**
 * The ABRA_DIR of one app, `<state>/apps/<domain>/abra`: abra moves the recipe's tree about, so no two apps share one.
 * Layout: abra 0.13.
 */
export class AbraHome {
  readonly domain: string;
  readonly directory: string;
  readonly #server: string;

  constructor(options: { stateDirectory: string; domain: string; server: string }) {
    const { stateDirectory, domain, server } = options;
    this.domain = checkedName('domain', domain);
    this.#server = checkedName('abra.server', server);
    this.directory = join(stateDirectory, 'apps', domain, 'abra');
  }

  get envFile(): string {
    return join(this.directory, 'servers', this.#server, `${this.domain}.env`);
  }

  get catalogue(): string {
    return join(this.directory, 'catalogue');
  }

  recipe(name: string): string {
    return join(this.directory, 'recipes', checkedRecipe(name));
  }

  /** Makes the directories (0700: the env file may hold what is nobody's business); idempotent. */
  async prepare(): Promise<void> {
    await mkdir(join(this.directory, 'servers', this.#server), { recursive: true, mode: 0o700 });
    await mkdir(join(this.directory, 'recipes'), { recursive: true });
  }

  /**
   * Writes the app's env file anew from the plan: whatever abra made of it is gone. Before it, the one compose file of an
   * app within limits: abra reads that instead of the recipe's own, so that what was checked is what it deploys.
   */
  async writeEnv(plan: StackPlan, instanceId: string): Promise<void> {
    if (plan.app.limits !== undefined)
      await writeFileDurable(join(this.directory, ONE_FILE), stackFile({ plan, instanceId }), { mode: 0o600 });
    await writeFileDurable(this.envFile, abraEnv(plan).toString(), { mode: 0o600 });
  }

  /**
   * Takes the version that abra wrote behind the recipe's name out of the env file: it may name a commit that is gone.
   * @returns the recipe, or undefined where there is no env file, or none that names one.
   */
  async unpin(): Promise<string | undefined> {
    const text = await orNothing(readFile(this.envFile, 'utf8'), 'ENOENT');
    if (text === undefined) return undefined;
    const file = EnvFile.parse(text);
    const recipe = file.get('TYPE')?.split(':')[0];
    if (recipe === undefined || recipe === '') return undefined;
    setType(file, recipe);
    await writeFileDurable(this.envFile, file.toString(), { mode: 0o600 });
    return recipe;
  }

  async exists(): Promise<boolean> {
    return await exists(this.directory);
  }

  async notedSecrets(): Promise<NotedSecret[]> {
    return (await readJson<NotedSecret[]>(this.#secretNotes)) ?? [];
  }

  /** Durable; idempotent. */
  async noteSecret(secret: NotedSecret): Promise<void> {
    const noted = await this.notedSecrets();
    if (noted.some(({ versionedName }) => versionedName === secret.versionedName)) return;
    const { name, versionedName } = secret;
    await writeJsonDurable(this.#secretNotes, [...noted, { name, versionedName }]);
  }

  /** Removes the directory; absent is success. */
  async remove(): Promise<void> {
    await removeTree(this.directory);
  }

  get #secretNotes(): string {
    return join(this.directory, 'cc-ci-secrets.json');
  }
}

/** The compose file of an app within limits, below its directory; the recipe's tree, two below, stays clean. */
const ONE_FILE = 'cc-ci-compose.json';
const FROM_RECIPE = `../../${ONE_FILE}`;

/** The env file of an app as abra is to read it: the recipe without a version, and the compose files. */
export function abraEnv({ app, stack }: StackPlan): EnvFile {
  const file = EnvFile.from({ TYPE: app.recipe, ...app.env });
  setType(file, app.recipe);
  const files = app.limits === undefined ? app.composeFiles.join(':') : FROM_RECIPE;
  file.set('DOMAIN', app.domain).set('COMPOSE_FILE', files);
  if (app.env.STACK_NAME !== undefined) file.set('STACK_NAME', stack);
  return file;
}

/** `RECIPE` is another name of `TYPE`; where both are there, either may count. */
function setType(file: EnvFile, recipe: string): void {
  for (const key of ['TYPE', ...file.keys().filter((each) => each === 'RECIPE')]) file.set(key, recipe);
}

/** @throws CcError `InvalidInput` for a name that abra would read as a path or cut at a colon. */
export function checkedRecipe(name: string): string {
  return checkedName('recipe', name);
}
