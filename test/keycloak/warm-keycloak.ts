import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { parse } from 'yaml';
import type { WarmServiceSpec } from '../../lib/api/index.ts';
import { Bench } from '../e2e/harness.ts';
import { orDispose } from '../e2e/or-dispose.ts';
import type { Files } from '../e2e/recipes.ts';
import { WarmServiceBench } from '../e2e/warm-service-bench.ts';
import { DISTRIBUTIONS, type KeycloakVersion, keycloakHome } from './distribution.ts';

const DEMO = join(import.meta.dirname, '../../specs/demo-sso');
/** Directory of a release of the recipe. */
export const releaseOf = (version: string): string => join(DEMO, 'recipes/keycloak', version);
const REALM = 'house';

/** The releases of the recipe, oldest first. */
export const OLD = '1.0.0+26.0.8';
export const NEW = '1.1.0+26.7.3';

export interface WarmKeycloakOptions {
  /** The first release. */
  version: typeof OLD | typeof NEW;
  /** Default: on processes. */
  bench?: Bench;
  /** Laid over those of the demo. */
  app?: Record<string, unknown>;
  /** What its start may take. */
  health?: string;
  rollback?: 'Snapshot' | 'VersionOnly';
}

interface Rereleased {
  version?: string;
  over?: (files: Files) => Files;
}

const unchanged = (files: Files): Files => files;

/** The real Keycloak as a warm service of a real controller, by the spec and the recipe that users have. */
export class WarmKeycloak extends WarmServiceBench {
  /** Deployed and healthy. */
  static async open(options: WarmKeycloakOptions): Promise<WarmKeycloak> {
    const { version, bench = new Bench({ recipeSource: 'recipes/{recipe}' }) } = options;
    return await orDispose(bench, async () => {
      await keycloakHome(upstreamOf(version));
      const warm = new WarmKeycloak(bench, 'keycloak');
      warm.release(version);
      await bench.start();
      bench.apply('WarmService', 'keycloak', specOf(bench, options));
      await warm.at(version);
      return warm;
    });
  }

  /** The demo's release of that upstream version, by another number where one is given, with files laid over it. */
  release(of: typeof OLD | typeof NEW, { version = of, over = unchanged }: Rereleased = {}): void {
    const { 'compose.yml': compose = '', ...others } = filesOf(releaseOf(of));
    this.repository.release(version, over({ ...others, 'compose.yml': compose.replaceAll(of, version) }));
  }

  /** Signed in a moment ago, by the password of the secret's file. */
  async admin(): Promise<KeycloakAdminClient> {
    const { url: baseUrl = '', domain = '' } = await this.status();
    const requestOptions = { headers: { connection: 'close' } };
    const client = new KeycloakAdminClient({ baseUrl, requestOptions });
    const password = await readFile(join(this.bench.state, 'apps', domain, 'secrets/admin_password'), 'utf8');
    await client.auth({ grantType: 'password', clientId: 'admin-cli', username: 'admin', password });
    return client;
  }

  /** Names of its realms, sorted. */
  async realms(): Promise<string[]> {
    const found = await (await this.admin()).realms.find({ briefRepresentation: true });
    return found.map(({ realm = '' }) => realm).sort();
  }

  /** What people did with it: a realm that is called so. */
  async call(displayName: string): Promise<void> {
    const { realms } = await this.admin();
    // Its type does not tell, but one that is missing is null.
    if (!(await realms.findOne({ realm: REALM }))) await realms.create({ realm: REALM });
    await realms.update({ realm: REALM }, { displayName });
  }

  /** What its data says, and which Keycloak says it. */
  async told(): Promise<{ displayName: string | undefined; server: string | undefined }> {
    const { realms, serverInfo } = await this.admin();
    const realm = await realms.findOne({ realm: REALM });
    const { systemInfo } = await serverInfo.find();
    return { displayName: realm?.displayName, server: systemInfo?.version };
  }
}

export const upstreamOf = (version: string): KeycloakVersion => version.split('+')[1] as KeycloakVersion;

/** That of the demo, with what has to be filled in. */
function specOf({ root }: Bench, { app = {}, health = '3m', rollback = 'Snapshot' }: WarmKeycloakOptions): object {
  const { spec } = parse(readFileSync(join(DEMO, 'keycloak.yaml'), 'utf8')) as { spec: WarmServiceSpec };
  const { strategy: _, ...others } = spec.rollback ?? {};
  const env = { ...spec.app.env, KEYCLOAK_DISTRIBUTIONS: DISTRIBUTIONS };
  const here = { source: join(root, 'recipes/keycloak'), timeouts: { ...spec.app.timeouts, health } };
  return { ...spec, app: { ...spec.app, ...here, env, ...app }, rollback: { ...others, strategy: rollback } };
}

function filesOf(directory: string): Files {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]));
}
