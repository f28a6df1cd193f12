import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus, WarmServiceStatus } from '../../../lib/api/index.ts';
import { systemClock } from '../../../lib/clock.ts';
import { endProcesses } from '../../../lib/exec/processes.ts';
import { boxCanonical, boxFiles } from '../box-recipe.ts';
import { type Bench, CGROUPS, conditionOf } from '../harness.ts';
import { orDispose } from '../or-dispose.ts';
import { RecipeRepository } from '../recipes.ts';

export const WARM_DOMAIN = 'warm-keycloak.ci.localhost';

/** The provider that runs sign in at: the warm service "keycloak" of a bench whose controller takes two runs at once. */
export interface SignOnProvider {
  readonly bench: Bench;
  /** The version that runs at first, and the one of {@link release}. */
  readonly versions: readonly [string, string];
  /** Puts a newer version beside the one that runs. */
  release(): void;
  /** Names of the realms that it has while it runs, sorted. */
  realms(): Promise<string[]>;
}

/** Signs in, and tells the test, outside of all that the controller keeps, what it was told. */
const LOGIN = (seen: string): string => `#!${process.execPath}
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const { env } = process;
const secret = readFileSync(env.CCCI_SSO_CLIENT_SECRET_FILE, 'utf8');
const password = readFileSync(env.CCCI_SSO_PASSWORD_FILE, 'utf8');
const form = { grant_type: 'password', scope: 'openid', client_id: env.CCCI_SSO_CLIENT_ID, client_secret: secret };
const body = new URLSearchParams({ ...form, username: env.CCCI_SSO_USER, password });
const answer = await fetch(env.CCCI_SSO_ISSUER + '/protocol/openid-connect/token', { method: 'POST', body });
console.log('the secret is', secret, Buffer.from(password).toString('base64'));
writeFileSync('${seen}/' + env.CCCI_RUN, JSON.stringify({ realm: env.CCCI_SSO_REALM, url: env.CCCI_SSO_URL, secret, password }));
while (existsSync('${seen}/wait')) await new Promise((go) => setTimeout(go, 50));
process.exit(answer.status === 200 ? 0 : 1);
`;

/** Runs of the recipe "box" that sign in at a provider, and wait there as long as the test wants. */
export class SignOnBench {
  readonly provider: SignOnProvider;
  readonly bench: Bench;
  readonly #patience: { timeoutMs: number };
  readonly #seen: string;

  private constructor(provider: SignOnProvider, timeoutMs: number) {
    this.provider = provider;
    this.bench = provider.bench;
    this.#patience = { timeoutMs };
    this.#seen = join(this.bench.root, 'seen');
  }

  /** @param timeoutMs of whatever is waited for. */
  static async open(provider: SignOnProvider, timeoutMs: number): Promise<SignOnBench> {
    return await orDispose(provider.bench, async () => {
      const on = new SignOnBench(provider, timeoutMs);
      on.#enrol();
      return on;
    });
  }

  #enrol(): void {
    const { bench } = this;
    mkdirSync(this.#seen);
    new RecipeRepository(join(bench.root, 'recipes/box')).release('1.0.0+1.0.0', boxFiles('1.0.0+1.0.0'));
    const profile = join(bench.specs, 'box.canonical.ci');
    mkdirSync(profile);
    writeFileSync(join(profile, 'login.mjs'), LOGIN(this.#seen), { mode: 0o755 });
    const canonical = boxCanonical('box', { seed: 'Manual' });
    const ci = {
      ...(canonical.ci as object),
      timeouts: { total: '10m', test: '3m', teardown: '1m' },
      dependsOn: [{ warmService: 'keycloak', as: 'sso' }],
      tests: [{ name: 'login', command: ['./login.mjs'], from: 'Profile', requires: ['sso'] }],
    };
    bench.apply('Canonical', 'box', { ...canonical, ci });
  }

  async service(): Promise<WarmServiceStatus> {
    return ((await this.bench.object('WarmService', 'keycloak'))?.status ?? {}) as unknown as WarmServiceStatus;
  }

  waitFor<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
    return this.bench.waitFor(what, look, this.#patience);
  }

  run(name: string): void {
    this.bench.apply('Run', name, { recipe: 'box', promotion: 'Never' });
  }

  /** Whoever signs in from now on waits, until {@link letGo}. */
  hold(): void {
    writeFileSync(join(this.#seen, 'wait'), '');
  }

  letGo(): void {
    rmSync(join(this.#seen, 'wait'));
  }

  async signedIn(name: string): Promise<Record<string, string>> {
    await this.waitFor(`${name} to sign in`, () => existsSync(join(this.#seen, name)));
    return this.told(name);
  }

  told(name: string): Record<string, string> {
    return JSON.parse(readFileSync(join(this.#seen, name), 'utf8'));
  }

  async green(name: string): Promise<RunStatus> {
    const status = await this.bench.waitOver(name, this.#patience.timeoutMs);
    expect(conditionOf(status, 'Succeeded'), JSON.stringify(status)).to.include({ status: 'True' });
    return status;
  }

  noLease(): Promise<unknown> {
    return this.waitFor('no lease', async () => (await this.service()).leases === undefined);
  }

  /** Nothing is left but the processes of the service. */
  clean(): Promise<unknown> {
    const own = `/service/${WARM_DOMAIN}/`;
    const isClean = async () => (await this.bench.leftovers([WARM_DOMAIN])).every((line) => line.includes(own));
    return this.waitFor('nothing to be left of runs', isClean);
  }

  answers(): Promise<boolean> {
    const look = async () => (await fetch(`${(await this.service()).url}/realms/master`)).ok;
    return look().catch(() => false);
  }

  /** Ends its processes, and has the controller leave it so. */
  async stopService(): Promise<void> {
    await this.bench.ok('suspend', 'ws/keycloak');
    await this.waitFor('a service that is left as it is', async () => (await this.service()).suspended !== undefined);
    const prefix = `${await this.bench.instanceId()}/service/${WARM_DOMAIN}/`;
    await endProcesses({ prefix, cgroups: CGROUPS, graceMs: 5_000, clock: systemClock });
    await this.waitFor('a provider that is down', async () => !(await this.answers()));
  }

  async resumeService(): Promise<void> {
    await this.bench.ok('resume', 'ws/keycloak');
    await this.waitFor('the provider again', () => this.answers());
  }
}
