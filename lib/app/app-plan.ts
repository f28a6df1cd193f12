import type { DefaultedAppBlock } from '../api/generated/defaulted.ts';
import { CcError } from '../errors.ts';
import type { Revision } from '../platform/platform.ts';
import { type Compose, composeFilesOf, nameLimit, readCompose, stackNameOf } from '../recipe/compose.ts';
import { EnvFile } from '../recipe/env-file.ts';
import { readSample } from '../recipe/recipe-file.ts';
import { type SecretSpec, secretSpecs } from '../recipe/secrets.ts';
import type { AppHome } from './app-home.ts';

/** The part of a spec's `app` block that shapes a deployment. */
export type AppSettings = Pick<DefaultedAppBlock, 'recipe'> &
  Partial<Pick<DefaultedAppBlock, 'env' | 'composeFiles' | 'secrets'>>;

type EnvValues = Readonly<Record<string, string>>;

/** A secret that the app needs, and where its value is to come from; `Missing`: from nowhere. */
export interface PlannedSecret extends SecretSpec {
  from: 'Kept' | 'Given' | 'Recipe' | 'Generated' | 'Missing';
}

/** What an app is to be made of, at one revision. Nothing of it is written, and it holds no value of a secret. */
export interface AppPlan {
  domain: string;
  recipe: string;
  /** Its directory is the one that was read. */
  revision: Revision;
  /** The env file that was planned over; absent: a fresh app, which takes the place of any. */
  over?: string;
  /** The env file that is to be. */
  envText: string;
  env: EnvValues;
  compose: Compose;
  secrets: readonly PlannedSecret[];
  /** Why it cannot be an app, the first reason first; a platform may know more. Empty: it can. */
  faults: readonly CcError[];
}

export interface PlanOptions {
  domain: string;
  revision: Revision;
  app: AppSettings;
  /** Laid over the app's env, last one wins: `ci.upgrade.env`, the Run's own env. */
  overlays?: readonly (EnvValues | undefined)[];
  /** The app's env file; absent: a fresh app, which begins with `.env.sample`. */
  kept?: string;
  /** Secrets that have a value, by name; default none. */
  present?: readonly string[];
}

/**
 * Plans an app: env → `app.env` → overlays, the compose files with it, and the secrets they ask for. Reads the
 * revision's directory and writes nothing; the same files and options give the same plan.
 * @throws CcError `InvalidInput` for compose files or a sample that cannot be read.
 */
export async function planApp(options: PlanOptions): Promise<AppPlan> {
  const { domain, revision, app, kept } = options;
  const sample = kept ?? (await readSample(revision.directory));
  const file = envOf(sample ?? '', options);
  const env = file.entries();
  const compose = await readCompose({
    directory: revision.directory,
    files: app.composeFiles ?? composeFilesOf(env),
    env,
    extra: { STACK_NAME: stackNameOf(domain), DOMAIN: domain },
  });
  const faults = [...(sample === undefined ? [withoutSample(revision)] : []), ...nameFaults(compose)];
  const secrets = plannedSecrets(compose, file, options);
  if (secrets instanceof CcError) faults.push(secrets);
  const found = secrets instanceof CcError ? [] : secrets;
  faults.push(...found.filter(({ from }) => from === 'Missing').map(withoutValue));
  const over = kept === undefined ? {} : { over: kept };
  return {
    domain,
    recipe: app.recipe,
    revision,
    ...over,
    envText: file.toString(),
    env,
    compose,
    secrets: found,
    faults,
  };
}

/** Where an app is planned that has a home; its domain, env and secrets are the home's. */
export type HomePlanOptions = Pick<PlanOptions, 'revision' | 'app' | 'overlays'> & { home: AppHome };

/** {@link planApp} of a fresh app in its home: secrets that are there stay, an env does not. */
export async function planInstall({ home, ...options }: HomePlanOptions): Promise<AppPlan> {
  return await planApp({ ...options, domain: home.domain, present: Object.keys(await home.secretFiles()) });
}

/**
 * {@link planApp} of the same app at another revision: over the env kept with the data. Keys that only the new
 * `.env.sample` has are not merged, as on an operator's host. @throws CcError also `DataMissing`: the env is gone.
 */
export async function planUpgrade({ home, ...options }: HomePlanOptions): Promise<AppPlan> {
  const { domain } = home;
  const kept = await home.readEnv();
  if (kept === undefined)
    throw new CcError('DataMissing', `${home.envFile} is missing: the env of ${domain} is part of its data`);
  return await planApp({ ...options, domain, kept, present: Object.keys(await home.secretFiles()) });
}

function envOf(base: string, { domain, app, overlays = [] }: PlanOptions): EnvFile {
  const file = EnvFile.parse(base);
  for (const overlay of [app.env, ...overlays]) {
    for (const [key, value] of Object.entries(overlay ?? {})) file.set(key, value.replaceAll('{domain}', domain));
  }
  return file.set('DOMAIN', domain);
}

/** The error where the env says of a secret what cannot be. */
function plannedSecrets(compose: Compose, env: EnvFile, options: PlanOptions): PlannedSecret[] | CcError {
  const { app, present = [] } = options;
  const given = new Map((app.secrets?.items ?? []).map((item) => [item.name, item.file]));
  try {
    return secretSpecs(compose, env).map((spec): PlannedSecret => {
      const file = given.get(spec.name);
      if (file === undefined && spec.file !== undefined) return { ...spec, from: 'Recipe' };
      if (present.includes(spec.name)) return { ...spec, from: 'Kept' };
      if (file !== undefined) return { ...spec, file, from: 'Given' };
      return { ...spec, from: spec.generate ? 'Generated' : 'Missing' };
    });
  } catch (error) {
    if (error instanceof CcError) return error;
    throw error;
  }
}

function nameFaults(compose: Compose): CcError[] {
  const { stackName } = compose;
  const limit = nameLimit(compose);
  if (stackName.length <= limit) return [];
  const message = `the stack name ${stackName} has ${stackName.length} characters, this recipe allows ${limit}`;
  return [new CcError('Misconfigured', message, { remedy: 'Choose a shorter app.domain or zone.' })];
}

function withoutSample({ commit }: Revision): CcError {
  const remedy = 'Add the file; it may be empty.';
  return new CcError('InvalidInput', `the recipe has no .env.sample at commit ${commit.slice(0, 10)}`, { remedy });
}

function withoutValue({ name }: PlannedSecret): CcError {
  const remedy = `Give it under app.secrets.items: { name: ${name}, file: /path }.`;
  return new CcError('Misconfigured', `secret ${name} is marked generate=false and has no value`, { remedy });
}
