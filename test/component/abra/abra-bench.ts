import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import type { Log } from '../../../lib/log.ts';
import { silentLog } from '../../../lib/log.ts';
import { AbraDriver } from '../../../lib/platform/abra/abra-driver.ts';
import type { Revision } from '../../../lib/platform/platform.ts';
import { DockerEngine } from '../../../lib/platform/swarm/engine/docker-engine.ts';
import type { EngineStack } from '../../../lib/platform/swarm/engine/engine.ts';
import type { StackDriver, StackPlan } from '../../../lib/platform/swarm/stack/driver.ts';
import { draftPlan } from '../../../lib/platform/swarm/stack/plan.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage, testSocket } from '../../rig/test-engine.ts';
import { Repository } from '../recipe/repository.ts';

/** The stand-in for abra. */
export const DOUBLE = resolve(import.meta.dirname, '../../doubles/abra/abra');

export const COMPOSE = `version: "3.8"
services:
  app:
    image: ${BUSYBOX_IMAGE}
    command: ["/bin/sh", "-c", "exec sleep 100000"]
    init: true
    stop_grace_period: 1s
    environment: ["GREETING=\${GREETING:-hello}"]
    secrets: [token]
    volumes: ["data:/data"]
    deploy: { labels: ["traefik.enable=true", "coop-cloud.\${STACK_NAME}.version=1.0.0+1.0.0"] }
  worker:
    image: ${BUSYBOX_IMAGE}
    command: ["/bin/sh", "-c", "exec sleep 100000"]
    init: true
    stop_grace_period: 1s
secrets: { token: { external: true, name: "\${STACK_NAME}_token_\${SECRET_TOKEN_VERSION:-v1}" } }
volumes: { data: {} }
`;
export const SAMPLE = 'TYPE=notes\nDOMAIN=notes.example.com\nGREETING=hello\nSECRET_TOKEN_VERSION=v1 # length=20\n';

/** A recipe repository, a driver over the stand-in, and the real engine. */
export class AbraBench {
  readonly root: string;
  readonly domain: string;
  readonly engine: DockerEngine;
  readonly repository: Repository;
  readonly warnings: string[] = [];

  private constructor(root: string, repository: Repository) {
    this.root = root;
    this.repository = repository;
    this.domain = `abra-${randomBytes(4).toString('hex')}.ci.test`;
    this.engine = new DockerEngine({ socketPath: testSocket(), clock: systemClock, log: silentLog });
  }

  static async open(): Promise<AbraBench> {
    ensureBusyboxImage();
    const root = await mkdtemp(join(tmpdir(), 'ccci-abra-'));
    const repository = await Repository.create(join(root, 'notes'));
    await repository.write('compose.yml', COMPOSE);
    await repository.write('.env.sample', SAMPLE);
    repository.commit('1.0.0');
    repository.tag('1.0.0+1.0.0');
    await mkdir(join(root, 'state'));
    await writeFile(join(root, 'token'), 'very-secret-value', { mode: 0o600 });
    return new AbraBench(root, repository);
  }

  get state(): string {
    return join(this.root, 'state');
  }

  get stack(): string {
    return this.domain.replaceAll('.', '_');
  }

  get home(): string {
    return join(this.state, 'apps', this.domain, 'abra');
  }

  get envFile(): string {
    return join(this.home, 'servers', 'default', `${this.domain}.env`);
  }

  /** Of this bench alone: processes are told apart by it. */
  get instanceId(): string {
    return `abra-tests-${this.domain}`;
  }

  get signal(): AbortSignal {
    return new AbortController().signal;
  }

  driver(options: { binary?: string; path?: string } = {}): AbraDriver {
    const log: Log = { ...silentLog, warn: (message) => void this.warnings.push(message) };
    return new AbraDriver({
      binary: options.binary ?? DOUBLE,
      server: 'default',
      socketPath: testSocket(),
      engine: this.engine,
      runner: commandRunner,
      path: options.path ?? process.env.PATH ?? '',
      instanceId: this.instanceId,
      stateDirectory: this.state,
      clock: systemClock,
      log,
    });
  }

  /** A program that runs shell commands and then the stand-in. */
  async wrapper(commands: string): Promise<string> {
    const file = join(this.root, `abra-${randomBytes(4).toString('hex')}`);
    await writeFile(file, `#!/bin/sh\n${commands}\nexec ${DOUBLE} "$@"\n`);
    await chmod(file, 0o755);
    return file;
  }

  async faults(faults: Record<string, object>): Promise<void> {
    await writeFile(join(this.state, 'double-faults.json'), JSON.stringify(faults));
  }

  /** The head of the repository, checked out. */
  async revision(): Promise<Revision> {
    const commit = this.repository.git('rev-parse', 'HEAD');
    const directory = join(this.root, `revision-${commit}`);
    await mkdir(directory, { recursive: true });
    this.repository.git(`--work-tree=${directory}`, 'checkout', '--force', commit, '--', '.');
    this.repository.git('reset', '--quiet', '--hard');
    return { commit, directory, repository: join(this.repository.directory, '.git') };
  }

  async plan(env: Record<string, string> = {}): Promise<StackPlan> {
    const app = {
      domain: this.domain,
      recipe: 'notes',
      composeFiles: ['compose.yml'],
      env: { DOMAIN: this.domain, SECRET_TOKEN_VERSION: 'v1', ...env },
      secrets: { token: join(this.root, 'token') },
    };
    return { ...(await draftPlan(app, await this.revision(), async () => 1)), images: {} };
  }

  async secret(driver: StackDriver): Promise<void> {
    const plan = await this.plan();
    const versionedName = `${this.stack}_token_v1`;
    const secret = { name: 'token', versionedName, version: 'v1', file: join(this.root, 'token') };
    await driver.createSecret(plan, secret, this.signal);
  }

  /** Check, secret, deploy. */
  async deployed(driver: StackDriver): Promise<StackPlan> {
    const plan = await this.plan();
    await driver.check(plan, this.signal);
    await this.secret(driver);
    await driver.apply(plan, this.signal);
    return plan;
  }

  async found(): Promise<EngineStack> {
    return await this.engine.stack(this.stack, this.signal);
  }

  async label(name: string): Promise<string | undefined> {
    const { services } = await this.found();
    const app = services.find((service) => service.name === `${this.stack}_app`);
    return app?.labels[`coop-cloud.${this.stack}.${name}`];
  }

  async env(): Promise<string> {
    return await readFile(this.envFile, 'utf8');
  }

  /** Runs the stand-in itself. */
  abra(
    args: string[],
    options: { through?: 'Terminal'; directory?: string } = {},
  ): { code: number; out: string; err: string } {
    const env = {
      PATH: process.env.PATH ?? '',
      ABRA_DIR: options.directory ?? join(this.root, 'abra'),
      DOCKER_HOST: `unix://${testSocket()}`,
      HOME: this.root,
    };
    const line = [DOUBLE, ...args].join(' ');
    const argv = options.through ? ['script', '-qec', line, '/dev/null'] : [DOUBLE, ...args];
    return call(argv, env);
  }

  /** A recipe clone and an empty server for the stand-in, as a person would have them. */
  async abraDirectory(): Promise<string> {
    const directory = join(this.root, 'abra');
    await mkdir(join(directory, 'servers', 'default'), { recursive: true });
    await mkdir(join(directory, 'recipes'), { recursive: true });
    this.repository.git('clone', '--quiet', this.repository.directory, join(directory, 'recipes', 'notes'));
    return directory;
  }

  async close(): Promise<void> {
    const { engine, stack, signal } = this;
    const once = async (): Promise<number> => {
      const found = await engine.stack(stack, signal);
      for (const { id } of found.services) await engine.removeService(id, signal);
      if (found.services.length + found.containers.length > 0) return 1;
      const secrets = await engine.secrets(stack, [`${stack}_token_v1`], signal);
      for (const { id } of secrets) await engine.removeSecret(id, signal);
      const networks = await engine.networks(stack, signal);
      for (const { id } of networks) await engine.removeNetwork(id, signal).catch(() => undefined);
      const volumes = await engine.volumes(stack, signal);
      for (const { name } of volumes) await engine.removeVolume(name, signal).catch(() => undefined);
      return networks.length + volumes.length;
    };
    for (let i = 0; i < 300 && (await once()) > 0; i += 1) await systemClock.sleep(100);
    engine.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

function call(
  [program = '', ...args]: string[],
  env: Record<string, string>,
): { code: number; out: string; err: string } {
  try {
    const out = execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return { code: 0, out, err: '' };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, out: stdout, err: stderr };
  }
}
