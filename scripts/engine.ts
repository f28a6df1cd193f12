/**
 * A Docker engine for tests, in a network of its own, with a swarm and the network `proxy`. `npm run engine`
 * runs one until it is interrupted, with the images that the engine suites use, and prints how to use it.
 */
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainError } from '../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../lib/exec/command.ts';
import { buildPostgresImage } from '../test/rig/postgres-image.ts';
import { buildDemoImages } from './build-demo-images.ts';
import { type EngineAvailability, engineAvailability } from './engine/availability.ts';
import { type Daemon, lastWordsOf, startDaemons } from './engine/daemons.ts';
import { endRig } from './engine/end-rig.ts';
import { enterNetwork, makeRig, type Rig, staleRigs } from './engine/rig.ts';
import { rigCommands } from './engine/rig-commands.ts';

/** A unix socket's path holds 107 bytes; this much is left for the names below the rig's directory. */
const LONGEST_PARENT = 40;

export interface StartEngineOptions {
  runner: CommandRunner;
  /** PATH on which the programs are found. */
  path: string;
  /** Where the rig's directory is made; default: the system's temporary directory. */
  parent?: string;
}

export interface TestEngine {
  socketPath: string;
  /** Argv before a command that reaches the published ports. */
  enter: readonly [string, ...string[]];
  /** Removes all of it, and says on standard error what daemons said that ended by themselves before. Idempotent. */
  stop(): Promise<void>;
}

/** {@link engineAvailability} of this machine. */
export function engineHere(path: string): EngineAvailability {
  const has = (tool: string): boolean => path.split(delimiter).some((place) => isProgram(join(place, tool)));
  return engineAvailability({ uid: process.getuid?.() ?? -1, has });
}

/**
 * Removes rigs of runners that were killed, then starts an engine that is a swarm with the network `proxy`. When it
 * fails, nothing of it is left.
 * @throws CcError `Unreachable` (dockerd does not come up), `CommandFailed` (no namespace, no swarm).
 */
export async function startEngine({ runner, path, parent = rigParent() }: StartEngineOptions): Promise<TestEngine> {
  for (const stale of await staleRigs(parent)) await endRig(stale, runner, path);
  const rig = await makeRig(parent);
  let daemons: Daemon[];
  try {
    daemons = await startRig(rig, runner, path);
  } catch (error) {
    await endRig(rig, runner, path);
    throw error;
  }
  const end = async (): Promise<void> => {
    for (const words of await lastWordsOf(rig, daemons)) console.error(words);
    await endRig(rig, runner, path);
  };
  let ended: Promise<void> | undefined;
  return {
    socketPath: rig.socketPath,
    enter: enterNetwork(rig),
    stop() {
      ended ??= end();
      return ended;
    },
  };
}

async function startRig(rig: Rig, runner: CommandRunner, path: string): Promise<Daemon[]> {
  const { must, may } = rigCommands(rig, runner, path);
  await must('ip', 'netns', 'add', rig.name);
  await must(...enterNetwork(rig), 'ip', 'link', 'set', 'lo', 'up');
  const daemons = await startDaemons(rig, path, async () => (await may('docker', 'version')).exitCode === 0);
  await must('docker', 'swarm', 'init', '--advertise-addr', '127.0.0.1');
  await must('docker', 'network', 'create', '--driver', 'overlay', '--attachable', 'proxy');
  return daemons;
}

function rigParent(): string {
  return tmpdir().length <= LONGEST_PARENT ? tmpdir() : '/tmp';
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const path = process.env.PATH ?? '/usr/bin:/bin';
  const availability = engineHere(path);
  if (!availability.available) throw new Error(availability.why);
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort());
  const alive = setInterval(() => {}, 2 ** 30);
  const engine = await startEngine({ runner: commandRunner, path });
  try {
    const { signal } = interrupted;
    const target = { dockerHost: `unix://${engine.socketPath}`, runner: commandRunner, path, signal };
    process.stdout.write('building images: some seconds\n');
    await Promise.all([buildDemoImages(target), buildPostgresImage(target)]);
    process.stdout.write(`export CC_CI_TEST_SOCKET=${engine.socketPath}\nenter with: ${engine.enter.join(' ')}\n`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    clearInterval(alive);
    await engine.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`${explainError(error)}\n`);
    process.exitCode = 1;
  });
}
