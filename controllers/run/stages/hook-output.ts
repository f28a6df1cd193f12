import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppHome } from '../../../lib/app/app-home.ts';
import { commitAdditions } from '../../../lib/app/commit.ts';
import { CcError, orNothing } from '../../../lib/errors.ts';
import { readFileBeneath } from '../../../lib/fs/beneath.ts';
import { nameFault } from '../../../lib/recipe/compose-names.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { decodeText } from '../../../lib/recipe/recipe-file.ts';

/** Where an install hook leaves what it adds to the app: below one directory of ours. */
export interface HookPlaces {
  directory: string;
  envFile: string;
  secretsDirectory: string;
}

const ENV = 'env';
const SECRETS = 'secrets';
const MAX_ENV_BYTES = 1024 * 1024;
/** More than an engine takes for a secret. */
const MAX_SECRET_BYTES = 1024 * 1024;

/** Pure. */
export function hookPlaces(directory: string): HookPlaces {
  return { directory, envFile: join(directory, ENV), secretsDirectory: join(directory, SECRETS) };
}

/**
 * Takes the env lines and secrets of a hook over into the app. Everything is looked at before anything is changed;
 * links are not followed. @throws CcError `InvalidInput` for a secret with a name that recipes may not use; `Refused`
 * for what is no regular file or too large.
 */
export async function mergeHookOutput(home: AppHome, { directory, secretsDirectory }: HookPlaces): Promise<void> {
  const text = await readFileBeneath(directory, ENV, { maxBytes: MAX_ENV_BYTES });
  const env = EnvFile.parse(decodeText('CCCI_ENV_FILE', text ?? Buffer.alloc(0))).entries();
  const secrets: [string, string][] = [];
  for (const name of await readdir(secretsDirectory)) secrets.push([name, await secretOf(directory, name)]);
  await commitAdditions(home, { env, secrets });
}

/** The values that a hook left, whatever they are called, for masking; what is no regular file is left out. */
export async function readableSecrets({ directory, secretsDirectory }: HookPlaces): Promise<string[]> {
  const values: string[] = [];
  for (const name of await readdir(secretsDirectory)) {
    const value = await orNothing(contentOf(directory, name), 'Refused');
    if (value !== undefined) values.push(value);
  }
  return values;
}

async function secretOf(directory: string, name: string): Promise<string> {
  const fault = nameFault('Secret', name);
  if (fault) {
    const shown = JSON.stringify(name.slice(0, 80));
    throw new CcError('InvalidInput', `CCCI_SECRETS_DIR/${shown} ${fault.rule}`, { remedy: fault.remedy });
  }
  return (await contentOf(directory, name)).replace(/\r?\n$/, '');
}

async function contentOf(directory: string, name: string): Promise<string> {
  const value = await readFileBeneath(directory, `${SECRETS}/${name}`, { maxBytes: MAX_SECRET_BYTES });
  return value?.toString('utf8') ?? '';
}
