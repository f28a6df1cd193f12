import { sha256 } from '../../../digest.ts';
import { CcError } from '../../../errors.ts';
import type { Compose, ComposeSecret } from '../../../recipe/compose.ts';
import { readSecretValue } from '../../../recipe/secrets.ts';
import type { AppSpec } from '../../platform.ts';
import type { EngineThing } from '../engine/engine.ts';
import type { StackPlan, StackSecret, StackTools } from './driver.ts';
import type { RecordedSecret } from './record.ts';

/** A secret that the app needs, with the digest of its value. */
export interface WantedSecret extends StackSecret {
  digest: string;
}

/**
 * The secrets of the merged files that are ours to make: external ones named after the stack. Reads their values.
 * @throws CcError `DataMissing` when a value is absent.
 */
export async function wantedSecrets(compose: Compose, app: AppSpec): Promise<WantedSecret[]> {
  const own = compose.secrets.filter((secret) => isOwn(secret, compose.stackName));
  return await Promise.all(own.map((secret) => wantedSecret(secret, compose.stackName, app)));
}

/** External secrets that only name themselves after the stack are the app's own; others belong to somebody else. */
export function isOwn(secret: ComposeSecret, stack: string): boolean {
  return secret.external && secret.versionedName.startsWith(`${stack}_`);
}

async function wantedSecret(secret: ComposeSecret, stack: string, app: AppSpec): Promise<WantedSecret> {
  const { name, versionedName } = secret;
  const file = app.secrets[name];
  if (file === undefined) {
    const remedy = 'Restore the secrets of the app, or give the value by app.secrets.items.';
    throw new CcError('DataMissing', `the secret ${name} of the recipe has no value`, { remedy });
  }
  const digest = sha256(await readSecretValue(name, file));
  return { name, versionedName, version: versionOf(versionedName, name, stack), file, digest };
}

/** `v1` of `stack_name_v1`. */
function versionOf(versionedName: string, name: string, stack: string): string {
  const rest = versionedName.slice(stack.length + 1);
  return rest.startsWith(`${name}_`) ? rest.slice(name.length + 1) : (/[^_]*$/.exec(rest)?.[0] ?? '');
}

export type IntendSecretsOptions = Pick<EnsureSecretsOptions, 'engine' | 'wanted' | 'recorded' | 'signal'>;

/**
 * The record with the names that are about to be made, to be written before they are: what the engine has under a name
 * that is not recorded is somebody else's. Changes nothing. @throws CcError `Conflict` for a secret of somebody else.
 */
export async function intendSecrets(options: IntendSecretsOptions): Promise<RecordedSecret[]> {
  const { engine, wanted, recorded, signal } = options;
  const names = wanted.map(({ versionedName }) => versionedName);
  const added = names.filter((name) => !recorded.some(({ versionedName }) => versionedName === name));
  if (added.length === 0) return [...recorded];
  const [stranger] = await engine.secrets('', added, signal);
  if (stranger !== undefined)
    throw new CcError('Conflict', `the secret ${stranger.name} exists and was not made here`, {
      remedy: 'Choose another app.domain, or remove that secret by hand.',
    });
  return [...recorded, ...added.map((versionedName) => ({ versionedName, id: '', digest: '' }))];
}

export interface EnsureSecretsOptions extends StackTools {
  plan: StackPlan;
  wanted: readonly WantedSecret[];
  recorded: readonly RecordedSecret[];
}

/**
 * Makes the engine hold exactly the wanted values, whose names are recorded as {@link intendSecrets} gave them. One that
 * exists but is not recorded with that value is replaced: it is of a call that was cut off, or of a set before a restore.
 * @returns what is to be recorded. @throws CcError `Conflict` when one to be replaced is in use.
 */
export async function ensureSecrets(options: EnsureSecretsOptions): Promise<RecordedSecret[]> {
  const { wanted, recorded } = options;
  const found = await find(options);
  const stale = wanted.filter((secret) => !isCurrent(secret, found, recorded));
  for (const secret of stale) await replace(secret, found, options);
  const now = stale.length === 0 ? found : await find(options);
  const made = wanted.flatMap(({ versionedName, digest }) => {
    const id = now.find(({ name }) => name === versionedName)?.id;
    return id === undefined ? [] : [{ versionedName, id, digest }];
  });
  const older = recorded.filter((one) => !made.some(({ versionedName }) => versionedName === one.versionedName));
  return [...older, ...made];
}

async function find({ engine, plan, wanted, signal }: EnsureSecretsOptions): Promise<EngineThing[]> {
  const names = wanted.map(({ versionedName }) => versionedName);
  return names.length === 0 ? [] : await engine.secrets(plan.stack, names, signal);
}

function isCurrent(secret: WantedSecret, found: readonly EngineThing[], recorded: readonly RecordedSecret[]): boolean {
  const { versionedName, digest } = secret;
  const known = recorded.find((one) => one.versionedName === versionedName && one.digest === digest);
  return known !== undefined && found.some(({ id, name }) => id === known.id && name === versionedName);
}

async function replace(
  secret: WantedSecret,
  found: readonly EngineThing[],
  { engine, driver, plan, signal }: EnsureSecretsOptions,
): Promise<void> {
  const old = found.find(({ name }) => name === secret.versionedName);
  if (old) await engine.removeSecret(old.id, signal);
  await driver.createSecret(plan, secret, signal);
}
