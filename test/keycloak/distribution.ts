import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { systemCode } from '../../lib/errors.ts';
import { isThere } from '../stores/servers.ts';

const run = promisify(execFile);

/** Distributions on Maven Central that are used here, by the SHA-256 of the archive. */
const ARCHIVES = {
  '26.0.8': 'd82a52098db41f036bcfe8f2ebfd9251781c8af5959af8714e8aa9b311081786',
  '26.4.0': '1b6a11a2726ac8a8dc9c91d5fafe989a75ce4f1622d7f7b45c21d5bc16629c0a',
  '26.7.3': '27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f',
};

export type KeycloakVersion = keyof typeof ARCHIVES;

/** The version that is tried with every commit. */
export const CURRENT: KeycloakVersion = '26.7.3';

/** Holds the directory of each version that was fetched, as `KEYCLOAK_DISTRIBUTIONS` of the recipe wants it. */
export const DISTRIBUTIONS = join(import.meta.dirname, '../../node_modules/.cache/keycloak/dev-file');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
const TOOLS = { java: 'default-jre-headless', mvn: 'maven', unzip: 'unzip' };
/** The heap of every Java here. */
export const HEAP = '-Xms64m -Xmx512m';

/** Programs that a Keycloak takes, and where they come from; which are missing here, or undefined. */
export function whyNoKeycloak(): string | undefined {
  const missing = Object.entries(TOOLS).filter(([tool]) => !isThere(tool));
  return missing.length === 0 ? undefined : `missing: ${missing.map(([tool, from]) => `${tool} (${from})`).join(', ')}`;
}

/** The directory of a Keycloak of that version, built for a database file. Fetched and built once for a checkout. */
export async function keycloakHome(version: KeycloakVersion): Promise<string> {
  const home = join(DISTRIBUTIONS, version);
  if (existsSync(home)) return home;
  await mkdir(DISTRIBUTIONS, { recursive: true });
  const work = await mkdtemp(join(DISTRIBUTIONS, '.new-'));
  try {
    const fresh = await unpacked(version, work);
    const env = { ...process.env, JAVA_OPTS_KC_HEAP: HEAP };
    await run('/bin/sh', [join(fresh, 'bin/kc.sh'), 'build', '--db=dev-file'], { env });
    await rename(fresh, home).catch((error: unknown) => {
      // Somebody else was faster.
      if (systemCode(error) !== 'ENOTEMPTY') throw error;
    });
    return home;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function unpacked(version: KeycloakVersion, work: string): Promise<string> {
  const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:zip`;
  // Maven's repository is one for all who call it here, and two that fill it at once spoil it for each other.
  await run('flock', [
    join(DISTRIBUTIONS, '.maven.lock'),
    'mvn',
    '-q',
    '-B',
    '-ntp',
    '--strict-checksums',
    COPY,
    artifact,
    `-DoutputDirectory=${work}`,
  ]);
  const archive = join(work, `keycloak-quarkus-dist-${version}.zip`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(archive), hash);
  if (hash.digest('hex') !== ARCHIVES[version]) throw new Error(`${archive} is not the archive that is known`);
  await run('unzip', ['-q', archive, '-d', work]);
  return join(work, `keycloak-${version}`);
}
