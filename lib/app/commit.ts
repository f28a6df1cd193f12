import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CcError, orElse, PATH_FAULTS } from '../errors.ts';
import type { AppSpec, Revision } from '../platform/platform.ts';
import { EnvFile } from '../recipe/env-file.ts';
import { readNamedFile } from '../recipe/recipe-file.ts';
import { generateSecret } from '../recipe/secrets.ts';
import type { AppHome } from './app-home.ts';
import type { AppPlan, PlannedSecret } from './app-plan.ts';

/** An app that is written: all that a platform needs to deploy it. */
export interface CommittedApp {
  spec: AppSpec;
  revision: Revision;
}

/**
 * Writes what was planned, the only place that does: the env, then the secrets that it lacks. Durable and idempotent;
 * one that was cut off is ended by the next. What would keep it from ending is looked for before the first write.
 * @throws CcError the first fault of the plan; `Conflict` where the env is not the one that was planned over any more;
 * `Misconfigured`, `InvalidInput` for the file of a secret that cannot be read.
 */
export async function commitPlan(plan: AppPlan, home: AppHome): Promise<CommittedApp> {
  const [fault] = plan.faults;
  if (fault) throw fault;
  await assertPlannedOver(plan, home);
  const writes: (() => Promise<void>)[] = [];
  for (const secret of plan.secrets) writes.push(await secretWrite(secret, plan, home));
  await home.writeEnv(plan.envText);
  for (const write of writes) await write();
  return await withSecrets(plan, home);
}

/**
 * What {@link commitPlan} would give, beside an app that runs as it is: only secrets that it lacks are written, so that
 * a platform can be asked to prepare it. The env and what has a value stay. @throws CcError as `commitPlan`.
 */
export async function stagePlan(plan: AppPlan, home: AppHome): Promise<CommittedApp> {
  const [fault] = plan.faults;
  if (fault) throw fault;
  const present = await home.secretFiles();
  for (const secret of plan.secrets) {
    if (present[secret.name] === undefined) await (await secretWrite(secret, plan, home))();
  }
  return await withSecrets(plan, home);
}

async function withSecrets({ domain, recipe, revision, compose, env }: AppPlan, home: AppHome): Promise<CommittedApp> {
  const files = await home.secretFiles();
  const secrets = Object.fromEntries(
    compose.secrets.flatMap(({ name }) => (files[name] === undefined ? [] : [[name, files[name]]])),
  );
  return { spec: { domain, recipe, composeFiles: compose.files, env, secrets }, revision };
}

/** Lays env and secrets of an install hook over an app that was committed and not deployed yet. Durable. */
export async function commitAdditions(
  home: AppHome,
  added: { env: Readonly<Record<string, string>>; secrets: readonly (readonly [string, string])[] },
): Promise<void> {
  const env = EnvFile.parse((await home.readEnv()) ?? '');
  for (const [key, value] of Object.entries(added.env)) env.set(key, value);
  await home.writeEnv(env.toString());
  for (const [name, value] of added.secrets) await home.replaceSecret(name, value);
}

/** An env that something else wrote meanwhile, a restore for one, belongs to other data. */
async function assertPlannedOver({ domain, over, envText }: AppPlan, home: AppHome): Promise<void> {
  const now = await home.readEnv();
  if (over === undefined || now === over || now === envText) return;
  throw new CcError('Conflict', `the env of ${domain} changed since the app was planned`, { remedy: 'Plan it again.' });
}

/** Reads now what is to be written then. A value goes with the revision where the recipe holds it, else it stays. */
async function secretWrite(secret: PlannedSecret, plan: AppPlan, home: AppHome): Promise<() => Promise<void>> {
  const { name, file = '' } = secret;
  if (secret.from === 'Recipe') {
    const value = await readNamedFile(plan.revision.directory, `secrets.${name}.file`, file);
    return () => home.replaceSecret(name, value);
  }
  if (secret.from === 'Given') {
    const value = await readSecretFile(name, file);
    return () => home.createSecret(name, value);
  }
  if (secret.from === 'Generated') return () => home.createSecret(name, generateSecret(secret, randomBytes));
  return async () => undefined;
}

async function readSecretFile(name: string, file: string): Promise<string> {
  const text = await orElse(readFile(file, 'utf8'), PATH_FAULTS, (cause) => {
    const remedy = `Make ${file} readable for the user of the controller, or correct app.secrets.items.`;
    throw new CcError('Misconfigured', `app.secrets.items: cannot read ${file} for secret ${name}`, { cause, remedy });
  });
  return text.replace(/\r?\n$/, '');
}
