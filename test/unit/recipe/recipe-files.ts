import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Compose, composeFilesOf, readCompose } from '../../../lib/recipe/compose.ts';

const made: string[] = [];

/** A temp directory with these files. */
export async function recipeDirectory(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cc-recipe-'));
  made.push(directory);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** Removes what {@link recipeDirectory} made; for `afterEach`. */
export async function removeRecipes(): Promise<void> {
  await Promise.all(made.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
}

/** The compose model of files; COMPOSE_FILE in `env` selects, default `compose.yml`. */
export async function composeOf(
  files: Readonly<Record<string, string>> | string,
  env: Readonly<Record<string, string>> = {},
): Promise<Compose> {
  const directory = await recipeDirectory(typeof files === 'string' ? { 'compose.yml': files } : files);
  return readCompose({ directory, files: composeFilesOf(env), env, extra: { STACK_NAME: 'st_example_org' } });
}
