import { mkdir } from 'node:fs/promises';
import type { HookFacts } from '../../../lib/checks/hook-environment.ts';
import { CcError, orNothing } from '../../../lib/errors.ts';
import { readFileBeneath } from '../../../lib/fs/beneath.ts';
import { writeFileDurable } from '../../../lib/fs/durable.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import type { SsoCredentials } from '../../../lib/sso/provider.ts';
import type { Attempt } from '../journal.ts';
import type { RunDirectories } from '../stage.ts';
import type { AttemptDependency } from './dependency.ts';

/** The only places of the secrets of an attempt: files of these names, 0600. */
const CLIENT_SECRET = 'client_secret';
const PASSWORD = 'password';
const MAX_SECRET_BYTES = 4096;

/** The name that commands know a provider of sign-on by. */
const SSO = 'sso';

type Places = Pick<RunDirectories, 'dependencies'>;

/** Durable; over those of a realm that was made before. */
export async function writeSecrets(
  directories: Places,
  as: string,
  { clientSecret, password }: Pick<SsoCredentials, 'clientSecret' | 'password'>,
): Promise<void> {
  const directory = joinInside(directories.dependencies, as);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFileDurable(joinInside(directory, CLIENT_SECRET), clientSecret, { mode: 0o600 });
  await writeFileDurable(joinInside(directory, PASSWORD), password, { mode: 0o600 });
}

/** All of an attempt, for masking; what a command put in the place of one is left out. */
export async function readDependencySecrets(
  directories: Places,
  dependencies: readonly Pick<AttemptDependency, 'as'>[],
): Promise<string[]> {
  const names = dependencies.flatMap(({ as }) => [CLIENT_SECRET, PASSWORD].map((name) => `${as}/${name}`));
  const values = await Promise.all(names.map((name) => orNothing(readSecret(directories, name), 'Refused')));
  return values.filter((value) => value !== undefined);
}

async function readSecret({ dependencies }: Places, path: string): Promise<string | undefined> {
  const value = await readFileBeneath(dependencies, path, { maxBytes: MAX_SECRET_BYTES });
  return value?.toString('utf8');
}

/** @throws CcError `DataMissing` where a file of a secret is gone. */
export async function credentialsOf(directories: Places, { as, account }: AttemptDependency): Promise<SsoCredentials> {
  const secret = async (name: string): Promise<string> => {
    const value = await readSecret(directories, `${as}/${name}`);
    if (value === undefined) throw new CcError('DataMissing', `${as}/${name} in ${directories.dependencies} is gone`);
    return value;
  };
  if (account === undefined) throw new CcError('Internal', `the realm of ${as} is not made`);
  return { ...account, clientSecret: await secret(CLIENT_SECRET), password: await secret(PASSWORD) };
}

/** What commands are told of the provider that the profile calls `sso`; undefined: there is none. Pure. */
export function ssoFacts({ dependencies }: Attempt, directories: Places): HookFacts['sso'] {
  const found = dependencies?.find(({ as }) => as === SSO);
  if (found?.account === undefined) return undefined;
  const { url, realm, issuer, clientId, user } = found.account;
  const file = (name: string): string => joinInside(directories.dependencies, SSO, name);
  return { url, realm, issuer, clientId, user, clientSecretFile: file(CLIENT_SECRET), passwordFile: file(PASSWORD) };
}
