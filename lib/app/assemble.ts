import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { DefaultedAppBlock } from '../api/generated/defaulted.ts';
import { CcError, isPathFault } from '../errors.ts';
import { namesIn } from '../fs/names-in.ts';
import type { AppSpec, Revision } from '../platform/platform.ts';
import { type Compose, composeFilesOf, nameLimit, readCompose, stackNameOf } from '../recipe/compose.ts';
import { EnvFile } from '../recipe/env-file.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import { readRecipeBytes, readSample } from '../recipe/recipe-file.ts';
import { generateSecret, secretSpecs } from '../recipe/secrets.ts';
import type { AppHome } from './app-home.ts';

/** The part of a spec's `app` block that shapes a deployment. */
export type AppSettings = Pick<DefaultedAppBlock, 'recipe' | 'env' | 'composeFiles' | 'secrets'>;

export interface AssembleOptions {
  home: AppHome;
  mirror: RecipeMirror;
  commit: string;
  version?: string;
  app: AppSettings;
  /** Laid over the app's env, last one wins: `ci.upgrade.env`, the Run's own env. */
  overlays: readonly (Readonly<Record<string, string>> | undefined)[];
  signal: AbortSignal;
}

/** Everything a platform needs to deploy. */
export interface AssembledApp {
  spec: AppSpec;
  revision: Revision;
  compose: Compose;
}

/**
 * A fresh app: env from `.env.sample` → `app.env` → overlays. Checks the revision out and generates secrets.
 * @throws CcError `InvalidInput` for a recipe that cannot be read; `Misconfigured` for a stack name that is too long, a
 * secret that nobody gives, or a file of one that cannot be read.
 */
export async function assembleInstall(options: AssembleOptions): Promise<AssembledApp> {
  await checkOut(options);
  const env = EnvFile.parse(await sampleOf(options));
  return assemble(env, options);
}

/**
 * The same app at another revision: the env kept with the data → `app.env` → overlays. Keys that only the new
 * `.env.sample` has are not merged, as on an operator's host; secrets that the set lacks are generated.
 */
export async function assembleUpgrade(options: AssembleOptions): Promise<AssembledApp> {
  const kept = await options.home.readEnv();
  if (kept === undefined) {
    throw new CcError(
      'DataMissing',
      `${options.home.envFile} is missing: the env of ${options.home.domain} is part of its data`,
    );
  }
  await checkOut(options);
  return assemble(EnvFile.parse(kept), options);
}

async function assemble(env: EnvFile, options: AssembleOptions): Promise<AssembledApp> {
  const { home, app, commit, version } = options;
  for (const overlay of [app.env, ...options.overlays]) {
    for (const [key, value] of Object.entries(overlay ?? {})) env.set(key, value.replaceAll('{domain}', home.domain));
  }
  env.set('DOMAIN', home.domain);
  await home.writeEnv(env.toString());
  const compose = await readAppCompose(env, options);
  await createSecrets(compose, options);
  const directory = home.revisionDirectory(commit);
  const spec: AppSpec = {
    domain: home.domain,
    recipe: app.recipe,
    composeFiles: compose.files,
    env: env.entries(),
    secrets: await neededSecrets(compose, home),
  };
  const revision = { commit, directory, repository: options.mirror.directory };
  return { spec, revision: { ...revision, ...(version === undefined ? {} : { version }) }, compose };
}

/** The compose files of the revision with the app's env, checked for the length of its stack name. */
async function readAppCompose(env: EnvFile, { home, app, commit }: AssembleOptions): Promise<Compose> {
  const stackName = stackNameOf(home.domain);
  const values = env.entries();
  const compose = await readCompose({
    directory: home.revisionDirectory(commit),
    files: app.composeFiles ?? composeFilesOf(values),
    env: values,
    extra: { STACK_NAME: stackName, DOMAIN: home.domain },
  });
  const limit = nameLimit(compose);
  if (stackName.length > limit) {
    throw new CcError(
      'Misconfigured',
      `the stack name ${stackName} has ${stackName.length} characters, this recipe allows ${limit}`,
      {
        remedy: 'Choose a shorter app.domain or zone.',
      },
    );
  }
  return compose;
}

async function createSecrets(compose: Compose, { home, app, commit }: AssembleOptions): Promise<void> {
  const given = new Map((app.secrets.items ?? []).map((item) => [item.name, item.file]));
  const sample = EnvFile.parse((await home.readEnv()) ?? '');
  for (const spec of secretSpecs(compose, sample)) {
    const file = given.get(spec.name);
    if (file !== undefined) await home.createSecret(spec.name, await readSecretFile(spec.name, file));
    else if (spec.file !== undefined)
      await home.replaceSecret(spec.name, await valueInRecipe(spec.name, spec.file, home.revisionDirectory(commit)));
    else if (spec.generate) await home.createSecret(spec.name, generateSecret(spec, randomBytes));
    else await assertInserted(spec.name, home);
  }
}

/** The value goes with the revision, as on an engine, which makes the secret of the file. */
async function valueInRecipe(name: string, file: string, directory: string): Promise<Uint8Array> {
  const value = await readRecipeBytes(directory, file);
  if (value !== undefined) return value;
  throw new CcError('InvalidInput', `secrets.${name}.file: ${file} is not a file of the recipe`, {
    remedy: 'Add the file, or correct its name; it is relative to the root of the recipe.',
  });
}

async function assertInserted(name: string, home: AppHome): Promise<void> {
  if ((await home.secretFiles())[name] !== undefined) return;
  throw new CcError('Misconfigured', `secret ${name} is marked generate=false and has no value`, {
    remedy: `Give it under app.secrets.items: { name: ${name}, file: /path }.`,
  });
}

async function readSecretFile(name: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    if (!isPathFault(error)) throw error;
    throw new CcError('Misconfigured', `app.secrets.items: cannot read ${file} for secret ${name}`, {
      cause: error,
      remedy: `Make ${file} readable for the user of the controller, or correct app.secrets.items.`,
    });
  }
}

async function neededSecrets(compose: Compose, home: AppHome): Promise<Record<string, string>> {
  const files = await home.secretFiles();
  return Object.fromEntries(
    compose.secrets.flatMap(({ name }) => (files[name] === undefined ? [] : [[name, files[name]]])),
  );
}

async function sampleOf({ home, commit }: AssembleOptions): Promise<string> {
  const text = await readSample(home.revisionDirectory(commit));
  if (text !== undefined) return text;
  throw new CcError('InvalidInput', `the recipe has no .env.sample at commit ${commit.slice(0, 10)}`, {
    remedy: 'Add the file; it may be empty.',
  });
}

/** Checks the revision out unless it is there: a directory that an app runs from is never replaced. */
async function checkOut({ home, mirror, commit, signal }: AssembleOptions): Promise<void> {
  const directory = home.revisionDirectory(commit);
  if ((await namesIn(directory)).length === 0) await mirror.checkout(commit, directory, signal);
}
