import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { Cgroups } from '../../../lib/exec/cgroups.ts';
import { createCommandRunner } from '../../../lib/exec/command.ts';
import { endProcesses } from '../../../lib/exec/processes.ts';
import type { AppSpec, Revision } from '../../../lib/platform/platform.ts';
import { ProcessPlatform } from '../../../lib/platform/process/process-platform.ts';
import { compileSupervisor } from '../../rig/supervisor.ts';
import type { ContractRecipe, ContractService, ContractSubject } from './platform-contract.ts';

/** What a child controller is told on its command line. */
export interface ControllerOrder {
  stateDirectory: string;
  instanceId: string;
  method: 'deploy' | 'undeploy' | 'destroy';
  app: AppSpec;
  revision: Revision;
}

/** A state directory with a process platform over it. */
export interface ProcessSubject extends ContractSubject {
  platform: ProcessPlatform;
  stateDirectory: string;
  instanceId: string;
  /** Writes a checkout by hand: file name → text. */
  checkout(
    domain: string,
    commit: string,
    files: Readonly<Record<string, string>>,
  ): Promise<{ app: AppSpec; revision: Revision }>;
  /** Runs one call in a process of its own; `killAfterMs`: SIGKILL, measured from its start. */
  controller(order: Pick<ControllerOrder, 'method' | 'app' | 'revision'>, killAfterMs?: number): Promise<number | null>;
}

/** Entry point of the supervisor process. */
export const SUPERVISOR = compileSupervisor();
const CONTROLLER = new URL('./controller-process.ts', import.meta.url).pathname;
/** By what a platform keeps hold of its processes. */
export type Hold = 'Cgroups' | 'Marks';
/** Those of this machine, where it has them. */
export const CGROUPS: Cgroups | undefined = Cgroups.find().cgroups;
const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

const PROGRAMS = {
  Serves: `import { createServer } from 'node:http';
const answer = (_, response) => response.end(JSON.stringify(process.env));
for (const [name, port] of Object.entries(process.env)) {
  if (/^PORT(_|$)/.test(name)) createServer(answer).listen(Number(port), process.env.HOST);
}
const held = Buffer.alloc(Number(process.env.HOLDS_BYTES ?? 0), 1);
console.log('up', held.length);
setInterval(() => held.length, 1000);
`,
  CrashLoops: `console.log('about to crash'); process.exit(1);\n`,
  Completes: `console.log('done');\n`,
  Fails: `console.error('cannot do it'); process.exit(1);\n`,
};

/** The platform over a state directory, as a controller would make it. */
export function processPlatform(stateDirectory: string, instanceId: string, hold: Hold = 'Cgroups'): ProcessPlatform {
  const cgroups = hold === 'Cgroups' ? CGROUPS : undefined;
  return new ProcessPlatform({
    stateDirectory,
    instanceId,
    clock: systemClock,
    supervisorCommand: [process.execPath, SUPERVISOR],
    hostPorts: { first: 20_000, last: 29_999 },
    path: PATH,
    runner: createCommandRunner({ clock: systemClock, cgroups }),
    cgroups,
    stopGraceMs: 2_000,
  });
}

/** A fresh subject; its `close` ends every process of it. */
export async function processSubject(hold: Hold = 'Cgroups'): Promise<ProcessSubject> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'ccci-process-'));
  const instanceId = `test-${stateDirectory.slice(-6)}`;
  const subject: ProcessSubject = {
    platform: processPlatform(stateDirectory, instanceId, hold),
    stateDirectory,
    instanceId,
    reopen: () => processPlatform(stateDirectory, instanceId, hold),
    async checkout(domain, commit, files) {
      // Outside of the app's own directory, so that a test sees what the platform leaves there.
      const directory = join(stateDirectory, 'checkouts', domain, commit);
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(directory, name)), { recursive: true });
        await writeFile(join(directory, name), text);
        if (name.endsWith('.sh')) await chmod(join(directory, name), 0o755);
      }
      return {
        app: { domain, recipe: 'notes', composeFiles: ['compose.yml'], env: {}, secrets: {} },
        revision: { commit, version: `1.0.0+${commit}`, directory },
      };
    },
    revision: (domain, commit, recipe = {}) => subject.checkout(domain, commit, filesOf(recipe)),
    async controller(order, killAfterMs) {
      const text = JSON.stringify({ stateDirectory, instanceId, ...order });
      const child = spawn(process.execPath, [CONTROLLER, text], { stdio: ['ignore', 'ignore', 'inherit'] });
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      if (killAfterMs !== undefined) {
        await Promise.race([systemClock.sleep(killAfterMs), ended]);
        child.kill('SIGKILL');
      }
      return await ended;
    },
    async die(method, app, revision) {
      // Any moment may come: none of them may matter.
      await subject.controller({ method, app, revision }, randomInt(120, 450));
    },
    async close() {
      await endProcesses({ prefix: `${instanceId}/`, cgroups: CGROUPS, graceMs: 0, clock: systemClock });
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
  return subject;
}

function filesOf(recipe: ContractRecipe): Record<string, string> {
  const services = Object.entries(recipe.services ?? { app: {} });
  const volumes = recipe.volumes ?? ['data'];
  const compose = {
    version: '3.8',
    services: Object.fromEntries(
      services.map(([name, service]) => [
        name,
        { ...serviceOf(name, service, volumes), ...(recipe.unsupported ? { devices: ['/dev/kvm:/dev/kvm'] } : {}) },
      ]),
    ),
    volumes: Object.fromEntries(volumes.map((name) => [name, {}])),
  };
  const programs = services.map(([name, { conduct = 'Serves' }]) => [`${name}.mjs`, PROGRAMS[conduct]]);
  return { 'compose.yml': JSON.stringify(compose), ...Object.fromEntries(programs) };
}

function serviceOf(name: string, service: ContractService, volumes: readonly string[]): Record<string, unknown> {
  const ports = service.ports ?? [''];
  const extra = ports.filter((port) => port !== '').map((port, index) => [port, 9000 + index]);
  return {
    image: 'example/notes:1',
    'x-process': {
      command: ['node', `${name}.mjs`],
      ...(ports.includes('') ? { port: 8080 } : {}),
      ports: Object.fromEntries(extra),
    },
    ...(service.holdsBytes === undefined ? {} : { environment: { HOLDS_BYTES: String(service.holdsBytes) } }),
    volumes: volumes.map((volume) => `${volume}:/${volume}`),
    deploy: {
      replicas: service.replicas ?? 1,
      restart_policy: { condition: service.restart ?? 'any' },
    },
  };
}
