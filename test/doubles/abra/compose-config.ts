import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { parseExports } from './app-env.ts';
import { fatal } from './fatal.ts';
import type { MergeOrder } from './older-cli.ts';
import type { RecipeRepository } from './recipe-repository.ts';
import { pathOf, run } from './shell.ts';

export interface Service {
  image?: string;
  environment?: Record<string, string | null>;
  healthcheck?: object;
  labels?: Record<string, string>;
  deploy?: { labels?: Record<string, string> };
  secrets?: { source: string }[];
}

export interface ComposeTree {
  services: Record<string, Service>;
  secrets?: Record<string, { name?: string; external?: unknown }>;
  configs?: Record<string, { name?: string; file?: string }>;
}

/** What a docker CLI before 23 says to `stack config`. */
const NO_SUCH_COMMAND = "Run 'docker stack COMMAND --help'";

/** [V] `COMPOSE_FILE` lists the files, joined by colons; without it it is compose.yml. */
export function composeFilesOf(env: Readonly<Record<string, string>>): string[] {
  return (env.COMPOSE_FILE || 'compose.yml').split(':');
}

/** [V] What abra.sh exports is merged into the variables before they are filled in. */
export function variablesOf(recipe: RecipeRepository, env: Readonly<Record<string, string>>, stack: string) {
  return { ...env, ...parseExports(recipe.read('abra.sh') ?? ''), STACK_NAME: stack };
}

/** The merged files with variables filled in. */
export function loadCompose(
  recipe: RecipeRepository,
  files: readonly string[],
  variables: Readonly<Record<string, string>>,
): ComposeTree {
  for (const file of files) assertDurations(recipe, file);
  const words = files.flatMap((file) => ['--compose-file', join(recipe.directory, file)]);
  // The program is named by its path: an app's variables may hold another PATH or DOCKER_HOST.
  const { code, out, err } = run([pathOf('docker'), '--host', 'unix:///nowhere', 'stack', 'config', ...words], {
    cwd: recipe.directory,
    env: { ...variables },
  });
  if (code === 0) return parse(out) as ComposeTree;
  if (err.includes(NO_SUCH_COMMAND)) return loadWithoutCli({ directory: recipe.directory, files, variables });
  return fatal(lastLine(err));
}

function loadWithoutCli(order: MergeOrder): ComposeTree {
  const program = join(import.meta.dirname, 'older-cli.ts');
  const argv = [process.execPath, '--disable-warning=ExperimentalWarning', program];
  const { code, out, err } = run(argv, { input: JSON.stringify(order) });
  return code === 0 ? (JSON.parse(out) as ComposeTree) : fatal(lastLine(err));
}

function lastLine(said: string): string {
  return said.trim().split('\n').at(-1) || 'cannot load compose files';
}

/** The tree as text for the engine: everything in it is filled in, so nothing may be filled in again. */
export function composeText(tree: ComposeTree): string {
  return stringify(tree, { version: '1.1' }).replaceAll('$', '$$$$');
}

const DURATION = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;
const DURATION_KEYS = ['interval', 'timeout', 'start_period', 'stop_grace_period', 'delay', 'window', 'monitor'];

/** [V] Durations are checked as written, before variables are filled in. */
function assertDurations(recipe: RecipeRepository, file: string): void {
  const text = recipe.read(file) ?? fatal(`open ${join(recipe.directory, file)}: no such file or directory`);
  const tree = parseYaml(text);
  for (const [name, service] of Object.entries(tree?.services ?? {})) {
    const at = badDuration(service, `services.${name}`);
    if (at !== undefined) fatal(`${at} Does not match format 'duration'`);
  }
}

function parseYaml(text: string): { services?: Record<string, unknown> } | null {
  try {
    return parse(text, { merge: true }) as { services?: Record<string, unknown> } | null;
  } catch (error) {
    return fatal(`yaml: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  }
}

function badDuration(value: unknown, path: string): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const wrong = DURATION_KEYS.includes(key) && typeof inner === 'string' && !DURATION.test(inner);
    const at = wrong ? `${path}.${key}` : badDuration(inner, `${path}.${key}`);
    if (at !== undefined) return at;
  }
  return undefined;
}
