import { composeFilesOf, loadCompose, variablesOf } from './compose-config.ts';
import { secretNames } from './engine.ts';
import { fatal } from './fatal.ts';
import type { App } from './home.ts';
import type { RecipeRepository } from './recipe-repository.ts';

export interface AppSecret {
  /** Key in the compose file. */
  name: string;
  version: string;
  /** [V] `<stack>_<name>_<version>`. */
  fullName: string;
  length: number;
  /** [V] False by the comment `# generate=false` behind its version. */
  generated: boolean;
  onServer: boolean;
}

/** [M] The secrets that a service uses, with the versions that the env file gives. */
export function appSecrets(app: App, recipe: RecipeRepository): AppSecret[] {
  const { env, modifiers } = app;
  const tree = loadCompose(recipe, composeFilesOf(env), variablesOf(recipe, env, app.stack));
  const used = new Set(Object.values(tree.services).flatMap(({ secrets = [] }) => secrets.map(({ source }) => source)));
  const existing = new Set(secretNames());
  return [...used].sort().map((name) => {
    const fullName = tree.secrets?.[name]?.name ?? `${app.stack}_${name}`;
    const version = fullName.slice(fullName.lastIndexOf('_') + 1);
    if (version === '') fatal(`missing version for secret? (${fullName})`);
    const comment = modifiers[`SECRET_${name.toUpperCase()}_VERSION`] ?? '';
    return {
      name,
      version,
      fullName,
      length: Number(/length=(\d+)/.exec(comment)?.[1] ?? 32),
      generated: !/generate=false/.test(comment),
      onServer: existing.has(fullName),
    };
  });
}

/** [V] Missing secrets end a deploy before anything touches the swarm. */
export function assertSecrets(app: App, recipe: RecipeRepository): void {
  for (const { name, onServer, generated } of appSecrets(app, recipe)) {
    if (onServer) continue;
    fatal(generated ? `secret not generated: ${name}` : `secret not inserted (#generate=false): ${name}`);
  }
}
