import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import type { RunStatus, WarmServiceSpec, WarmServiceStatus } from '../../../lib/api/index.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import { Gate } from '../../doubles/gate.ts';
import { OidcDouble } from '../../doubles/oidc/oidc-double.ts';
import type { Repository } from '../recipe/repository.ts';
import type { Bench, BenchSettings } from './bench.ts';
import { condition } from './bench.ts';
import { enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

export const WARM_DOMAIN = 'warm-keycloak.ci.example.org';
export const ADMIN_PASSWORD = 'p4ss-of-the-admin/&"+';
export const SERVICE = { kind: 'WarmService', name: 'keycloak' } as const;
export const PROVIDER_VERSION = '1.0.0+26.0.8';

/** Asks for a token as the run was told, and leaves what it was told for the test to see. */
const LOGIN = `#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';
const { env } = process;
const read = (name) => readFileSync(env[name], 'utf8');
const body = new URLSearchParams({
  grant_type: 'password', scope: 'openid', client_id: env.CCCI_SSO_CLIENT_ID,
  client_secret: read('CCCI_SSO_CLIENT_SECRET_FILE'), username: env.CCCI_SSO_USER, password: read('CCCI_SSO_PASSWORD_FILE'),
});
const answer = await fetch(env.CCCI_SSO_ISSUER + '/protocol/openid-connect/token', { method: 'POST', body });
console.log(read('CCCI_SSO_CLIENT_SECRET_FILE'), encodeURIComponent(read('CCCI_SSO_PASSWORD_FILE')));
const told = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('CCCI_SSO_')));
writeFileSync(env.CCCI_ARTIFACTS + '/told.json', JSON.stringify(told));
process.exit(answer.status === 200 ? 0 : 1);
`;

/** Wires the app to the realm, before it is deployed. */
const WIRE = `#!/bin/sh
set -eu
printf 'OIDC_ISSUER=%s\\n' "$CCCI_SSO_ISSUER" > "$CCCI_ENV_FILE"
cp "$CCCI_SSO_CLIENT_SECRET_FILE" "$CCCI_SECRETS_DIR/oidc"
`;

const SECRET = {
  lines: ['secrets: [admin_password]'],
  top: 'secrets: { admin_password: { external: true, name: "${STACK_NAME}_admin_password_v1" } }',
};

/** The notes of `notesBench`, enrolled with `dependsOn`, and a warm service that is a small sign-on provider. */
export class SignOn {
  readonly notes: Notes;
  readonly bench: Bench;
  /** The provider of the service, and the one that a run deploys for itself. */
  readonly warm: OidcDouble;
  readonly cold: OidcDouble;
  readonly gates: { warm: Gate; cold: Gate };
  readonly recipe: Repository;

  private constructor(notes: Notes, recipe: Repository, doubles: [OidcDouble, OidcDouble], gates: [Gate, Gate]) {
    this.notes = notes;
    this.bench = notes.bench;
    this.recipe = recipe;
    [this.warm, this.cold] = doubles;
    this.gates = { warm: gates[0], cold: gates[1] };
    const [warmUrl, coldUrl] = gates.map(({ url }) => url);
    this.bench.platform.urlOf = (domain) => {
      if (domain === WARM_DOMAIN) return warmUrl;
      return domain.startsWith('keyc-') ? coldUrl : undefined;
    };
  }

  static async open(settings: BenchSettings = {}): Promise<SignOn> {
    const notes = await notesBench({ resyncMs: 60_000, ...settings });
    const { bench } = notes;
    bench.ssoOptions = { deadlines: { callMs: 2_000, readyMs: 500 } };
    await writeFile(join(bench.root, 'password'), ADMIN_PASSWORD, { mode: 0o600 });
    const start = () => OidcDouble.start({ adminPassword: ADMIN_PASSWORD });
    const [warm, cold] = [await start(), await start()];
    const gates: [Gate, Gate] = [await Gate.open(warm.port), await Gate.open(cold.port)];
    const recipe = await bench.repository('keycloak');
    const signOn = new SignOn(notes, recipe, [warm, cold], gates);
    await signOn.release(PROVIDER_VERSION);
    return signOn;
  }

  async close(): Promise<void> {
    await Promise.all([this.gates.warm.close(), this.gates.cold.close()]);
    await Promise.all([this.warm.stop(), this.cold.stop()]);
    await this.bench.close();
  }

  async release(version: string): Promise<string> {
    const commit = await releaseRecipe(this.recipe, { version, ...SECRET });
    this.bench.platform.behave(commit, HEALTHY);
    return commit;
  }

  /** Declares the service, and waits until it is up. */
  async up(spec: Partial<WarmServiceSpec> = {}): Promise<void> {
    await this.declare(spec);
    const isUp = async () =>
      condition(await this.service().catch(() => ({ conditions: [] }) as never), 'Ready') === 'True/Healthy';
    await this.bench.until(isUp, 'a provider that is up');
  }

  async declare(spec: Partial<WarmServiceSpec> = {}): Promise<void> {
    const app = {
      ...{ recipe: 'keycloak', source: this.recipe.directory },
      health: [{ http: { path: '/realms/master', status: [200] } }],
      secrets: { items: [{ name: 'admin_password', file: join(this.bench.root, 'password') }] },
    };
    await this.bench.write('WarmService', 'keycloak', { app, provides: { sso: { type: 'Keycloak' } }, ...spec });
  }

  /** Enrols the notes with a test that signs in, and a hook that wires the app. */
  async enrol(): Promise<void> {
    await this.bench.profile('notes', 'login.mjs', LOGIN);
    await this.bench.profile('notes', 'wire.sh', WIRE);
    await enrol(this.notes, {
      ci: {
        dependsOn: [{ warmService: 'keycloak', as: 'sso' }],
        install: { hooks: [{ name: 'wire', command: ['./wire.sh'], from: 'Profile' }] },
        tests: [{ name: 'login', command: ['./login.mjs'], from: 'Profile', requires: ['sso'] }],
      },
    });
  }

  async run(name: string, spec: object = {}): Promise<void> {
    await this.bench.write('Run', name, { recipe: 'notes', promotion: 'Never', ...spec });
  }

  async service(): Promise<WarmServiceStatus> {
    return (await this.bench.status(SERVICE)) as WarmServiceStatus;
  }

  async status(name: string): Promise<RunStatus> {
    return (await this.bench.status({ kind: 'Run', name })) as RunStatus;
  }

  /** Until the journal of the run says so. */
  async when(name: string, condition: (journal: RunJournal) => boolean, what: string): Promise<RunJournal> {
    const holds = async (): Promise<boolean> => {
      const journal = await this.bench.journal(name).catch(() => undefined);
      return journal !== undefined && condition(journal);
    };
    await this.bench.until(holds, what);
    return await this.bench.journal(name);
  }

  /** What the test `login` of a run was told. */
  async told(status: RunStatus): Promise<Record<string, string>> {
    const path = join(this.bench.settings.stateDirectory, status.artifacts ?? '', 'artifacts/login/told.json');
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
  }
}
