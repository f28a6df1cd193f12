import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { commandRunner } from '../../../lib/exec/command.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import type { SsoCredentials } from '../../../lib/sso/provider.ts';
import { buildSsoRecipes, writePortalSpec } from '../../../scripts/build-sso-recipes.ts';
import { claimOf } from '../../contract/sso/sso-contract.ts';
import { type SsoServer, SsoSubject } from '../../contract/sso/sso-subject.ts';
import { freePort } from '../../rig/free-port.ts';
import { type DemoApp, startDemoApp } from '../demo/demo-app.ts';

const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? '/usr/bin:/bin'}`;
const INSTANCE = 'instance-one';
const never = new AbortController().signal;

/** A portal that runs, and the realm that it was told of. */
export interface Portal extends DemoApp {
  credentials: SsoCredentials;
}

export interface Said {
  exitCode: number;
  output: string;
}

/** The built recipe of the portal before a provider; every portal gets a realm of its own. */
export class PortalBench {
  readonly subject: SsoSubject;
  readonly directory: string;
  readonly #running: Portal[] = [];

  private constructor(subject: SsoSubject, directory: string) {
    this.subject = subject;
    this.directory = directory;
  }

  static async open(server: SsoServer): Promise<PortalBench> {
    const directory = await mkdtemp(join(tmpdir(), 'cc-ci-portal-'));
    const recipes = join(directory, 'recipes');
    await buildSsoRecipes({ directory: recipes, runner: commandRunner, path: PATH });
    await mkdir(join(directory, 'specs'));
    await writePortalSpec(join(directory, 'specs'), recipes);
    return new PortalBench(await SsoSubject.open(server), directory);
  }

  /** Work tree of the newest version. */
  get recipe(): string {
    return join(this.directory, 'recipes/portal');
  }

  /** A portal that its own install hook has told of a realm of its own. */
  async start(): Promise<Portal> {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const claim = { ...claimOf(), appUrl: base };
    const provider = this.subject.server.adapter(INSTANCE);
    return await this.startAt(await provider.create(this.subject.site, claim, never), port);
  }

  async startAt(credentials: SsoCredentials, port: number): Promise<Portal> {
    const { env, secrets } = await this.wire(credentials);
    const secretFile = join(this.directory, `client-secret-${port}`);
    await writeFile(secretFile, secrets.oidc_secret ?? '', { mode: 0o600 });
    const surroundings = { PUBLIC_URL: `http://127.0.0.1:${port}`, OIDC_SECRET_FILE: secretFile };
    const app = await startDemoApp({ directory: this.recipe, env: { ...surroundings, ...env }, port });
    const portal = { ...app, credentials };
    this.#running.push(portal);
    return portal;
  }

  /** What the install hook leaves. */
  async wire(
    credentials: SsoCredentials | undefined,
  ): Promise<{ env: Record<string, string>; secrets: Record<string, string> }> {
    const places = await mkdtemp(join(this.directory, 'hook-'));
    const secretsDirectory = join(places, 'secrets');
    await mkdir(secretsDirectory);
    const env = { CCCI_ENV_FILE: join(places, 'env'), CCCI_SECRETS_DIR: secretsDirectory };
    const { exitCode, output } = await this.#command('ci/wire-oidc.mjs', {
      ...env,
      ...(credentials && (await this.#told(credentials))),
    });
    if (exitCode !== 0) throw new Error(output);
    const text = await readFile(env.CCCI_ENV_FILE, 'utf8').catch(() => '');
    const secrets: Record<string, string> = {};
    for (const name of await readdir(secretsDirectory))
      secrets[name] = await readFile(join(secretsDirectory, name), 'utf8');
    return { env: EnvFile.parse(text).entries(), secrets };
  }

  /** The test of its profile that needs a browser. */
  get browserTest(): string {
    return join(this.directory, 'specs/portal.ci/browser-sign-in.mjs');
  }

  /** A test of the recipe, or of its profile, as a run runs it. */
  async test(
    script: string,
    { base, credentials }: Pick<Portal, 'base' | 'credentials'>,
    env: Record<string, string> = {},
  ): Promise<Said> {
    return await this.#command(script, { CCCI_BASE_URL: base, ...(await this.#told(credentials)), ...env });
  }

  /** Ends the portals that were started. */
  async stop(): Promise<void> {
    for (const portal of this.#running.splice(0)) await portal.stop();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.subject.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #command(script: string, env: Record<string, string>): Promise<Said> {
    // As deep as that of a run: too long for the path of a socket.
    const scratch = join(
      await mkdtemp(join(this.directory, 'scratch-')),
      'state/runs/portal-0a1b2c3d/scratch'.repeat(3),
    );
    await mkdir(scratch, { recursive: true });
    const surroundings = { PATH, HOME: scratch, TMPDIR: scratch, CCCI_ARTIFACTS: scratch };
    const { exitCode, all } = await commandRunner.run({
      argv: [process.execPath, resolve(this.recipe, script)],
      cwd: this.recipe,
      env: { ...surroundings, ...env },
      timeoutMs: 120_000,
    });
    return { exitCode, output: all };
  }

  /** `CCCI_SSO_*`. */
  async #told(credentials: SsoCredentials): Promise<Record<string, string>> {
    const place = await mkdtemp(join(this.directory, 'sso-'));
    const [secretFile, passwordFile] = [join(place, 'client-secret'), join(place, 'password')];
    await writeFile(secretFile, credentials.clientSecret, { mode: 0o600 });
    await writeFile(passwordFile, credentials.password, { mode: 0o600 });
    return {
      CCCI_SSO_URL: credentials.url,
      CCCI_SSO_REALM: credentials.realm,
      CCCI_SSO_ISSUER: credentials.issuer,
      CCCI_SSO_CLIENT_ID: credentials.clientId,
      CCCI_SSO_CLIENT_SECRET_FILE: secretFile,
      CCCI_SSO_USER: credentials.user,
      CCCI_SSO_PASSWORD_FILE: passwordFile,
    };
  }
}
