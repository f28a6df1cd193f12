import { execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { silentLog } from '../../../lib/log.ts';
import { AbraDriver } from '../../../lib/platform/abra/abra-driver.ts';
import type { AppSpec, Revision } from '../../../lib/platform/platform.ts';
import { DockerEngine } from '../../../lib/platform/swarm/engine/docker-engine.ts';
import { DockerStackDriver } from '../../../lib/platform/swarm/stack/docker-stack-driver.ts';
import { SwarmPlatform } from '../../../lib/platform/swarm/swarm-platform.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage, testSocket } from '../../rig/test-engine.ts';
import type { ContractRecipe, ContractService, ContractSubject } from './platform-contract.ts';

/** What a child controller is told on its command line. */
export interface SwarmOrder {
  kind: 'Swarm' | 'Abra';
  stateDirectory: string;
  instanceId: string;
  method: 'deploy' | 'undeploy' | 'destroy';
  app: AppSpec;
  revision: Revision;
}

const CONTROLLER = new URL('./swarm-controller-process.ts', import.meta.url).pathname;
/** The stand-in for abra. */
const ABRA = new URL('../../doubles/abra/abra', import.meta.url).pathname;
const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
const WHO = { NAME: 'test', EMAIL: 'test@localhost', DATE: '2026-01-01T00:00:00Z' };
const IDENTITY = Object.fromEntries(
  Object.entries(WHO).flatMap(([key, value]) => ['AUTHOR', 'COMMITTER'].map((who) => [`GIT_${who}_${key}`, value])),
);
const never = new AbortController().signal;

const COMMANDS = {
  Serves: 'echo up; exec busybox httpd -f -p 8080 -h /',
  CrashLoops: 'echo about to crash; exit 1',
  Completes: 'echo done',
  Fails: 'echo cannot do it >&2; exit 1',
};

/** The platform over a state directory, as a controller would make it. */
export function swarmPlatform(order: Pick<SwarmOrder, 'kind' | 'stateDirectory' | 'instanceId'>): SwarmPlatform {
  const socketPath = testSocket();
  const engine = new DockerEngine({ socketPath, clock: systemClock, log: silentLog });
  const { kind, ...mine } = order;
  const parts = { ...mine, socketPath, engine, runner: commandRunner, path: PATH };
  const driver =
    kind === 'Swarm'
      ? new DockerStackDriver(parts)
      : new AbraDriver({ ...parts, binary: ABRA, server: 'default', clock: systemClock });
  const hostPorts = { first: 20_000, last: 29_999 };
  return new SwarmPlatform({ ...order, clock: systemClock, engine, driver, hostPorts });
}

/** A fresh subject on the test engine; the domains of the suite get a suffix of its own in front of the zone. */
export async function swarmSubject(kind: SwarmOrder['kind'] = 'Swarm'): Promise<ContractSubject> {
  ensureBusyboxImage();
  const stateDirectory = await mkdtemp(join(tmpdir(), 'ccci-swarm-'));
  const instanceId = `test-${randomBytes(4).toString('hex')}`;
  const order = { kind, stateDirectory, instanceId };
  const platform = swarmPlatform(order);
  const recipes = new ContractRecipes(join(stateDirectory, 'recipes'));
  return {
    platform,
    zone: `${instanceId.slice(-4)}.test`,
    reopen: () => swarmPlatform(order),
    commitOf: (domain, name) => recipes.commitOf(domain, name),
    revision: (domain, name, recipe = {}) => recipes.revision({ domain, name, recipe }),
    async die(method, app, revision) {
      // Any moment may come: none of them may matter.
      await killedController({ ...order, method, app, revision }, randomInt(150, 1_200));
    },
    async close() {
      for (const app of await platform.apps(never)) await platform.destroy(app, never);
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}

async function killedController(order: SwarmOrder, killAfterMs: number): Promise<void> {
  const child = spawn(process.execPath, [CONTROLLER, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await Promise.race([systemClock.sleep(killAfterMs), ended]);
  child.kill('SIGKILL');
  await ended;
}

/** Git repositories with the commits of the suite, one per domain. */
class ContractRecipes {
  readonly #directory: string;
  readonly #commits = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  commitOf(domain: string, name: string): string {
    return this.#commits.get(`${domain} ${name}`) ?? name;
  }

  async revision(wanted: {
    domain: string;
    name: string;
    recipe: ContractRecipe;
  }): Promise<{ app: AppSpec; revision: Revision }> {
    const { domain, name, recipe } = wanted;
    const repository = join(this.#directory, domain, 'repository');
    const commit = this.#commit(repository, wanted);
    this.#commits.set(`${domain} ${name}`, commit);
    const directory = join(this.#directory, domain, commit);
    if (!existsSync(directory)) git(repository, 'worktree', 'add', '--quiet', '--detach', directory, commit);
    return {
      app: { domain, recipe: 'notes', composeFiles: ['compose.yml'], env: envOf(recipe), secrets: {} },
      revision: { commit, version: `1.0.0+${name}`, directory, repository },
    };
  }

  /** The same name and content give the same commit. */
  #commit(
    repository: string,
    { domain, name, recipe }: { domain: string; name: string; recipe: ContractRecipe },
  ): string {
    if (!existsSync(repository)) {
      mkdirSync(repository, { recursive: true });
      git(repository, 'init', '--quiet', '--initial-branch=main');
    }
    writeFileSync(join(repository, 'compose.yml'), JSON.stringify(composeOf(name, recipe)));
    writeFileSync(join(repository, '.env.sample'), `TYPE=notes\nDOMAIN=${domain}\n`);
    git(repository, 'add', '--all');
    const tree = git(repository, 'write-tree');
    const commit = git(repository, 'commit-tree', '-m', name, tree);
    git(repository, 'update-ref', `refs/heads/${name}-${commit.slice(0, 8)}`, commit);
    return commit;
  }
}

function git(repository: string, ...args: readonly string[]): string {
  const env = { PATH, HOME: repository, ...IDENTITY };
  return execFileSync('git', ['-C', repository, ...args], { env, encoding: 'utf8' }).trim();
}

function composeOf(commit: string, recipe: ContractRecipe): Record<string, unknown> {
  const services = Object.entries(recipe.services ?? { app: {} });
  const volumes = recipe.volumes ?? ['data'];
  const odd = recipe.unsupported ? { driver_opts: { type: 'nfs' } } : {};
  return {
    version: '3.8',
    services: Object.fromEntries(
      services.map(([name, service]) => [
        name,
        { ...serviceOf(name, service, volumes), environment: [`COMMIT=${commit}`] },
      ]),
    ),
    volumes: Object.fromEntries(volumes.map((name) => [name, { ...odd }])),
  };
}

function serviceOf(name: string, service: ContractService, volumes: readonly string[]): Record<string, unknown> {
  const ports = service.ports ?? [''];
  const published = ports.map((port, index) => ({
    target: port === '' ? 8080 : 9000 + index,
    published: `\${${variable(name, port)}}`,
    mode: 'host',
  }));
  return {
    image: BUSYBOX_IMAGE,
    command: ['sh', '-c', `${holding(service)}${COMMANDS[service.conduct ?? 'Serves']}`],
    ports: service.replicas === 0 ? [] : published,
    volumes: volumes.map((volume) => `${volume}:/${volume}`),
    deploy: {
      endpoint_mode: 'dnsrr',
      replicas: service.replicas ?? 1,
      restart_policy: { condition: service.restart ?? 'any', delay: '300ms' },
      update_config: { order: 'stop-first', monitor: '300ms' },
      ...(name === 'app' ? { labels: [`coop-cloud.\${STACK_NAME}.version=1.0.0`] } : {}),
    },
  };
}

/** `tail` keeps what it may have to print until the other end of the pipe is closed. */
function holding({ holdsBytes }: ContractService): string {
  if (holdsBytes === undefined) return '';
  return `(head -c ${holdsBytes} /dev/zero; sleep 100000) | tail -c ${holdsBytes} >/dev/null & `;
}

function envOf(recipe: ContractRecipe): Record<string, string> {
  const services = Object.entries(recipe.services ?? { app: {} });
  const uses = services.flatMap(([name, { ports = [''] }]) => ports.map((port) => [name, port] as const));
  return Object.fromEntries(
    uses.map(([name, port]) => [variable(name, port), port === '' ? `{port:${name}}` : `{port:${name}.${port}}`]),
  );
}

function variable(service: string, port: string): string {
  return `PORT_${service}${port === '' ? '' : `_${port}`}`.toUpperCase();
}
