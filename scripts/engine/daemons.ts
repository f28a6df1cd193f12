import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { CcError } from '../../lib/errors.ts';
import { TOKEN_VARIABLE } from '../../lib/exec/command.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../../lib/exec/process-identity.ts';
import { enterNetwork, type Rig, tokenOf } from './rig.ts';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
/** Characters. */
const LAST_WORDS = 10_000;
/** Per cent: the heap may grow so much between two collections; memory is had here, processors are not. */
const GOGC = '400';

export interface Daemon {
  name: string;
  process: ProcessIdentity;
}

/**
 * Starts containerd and dockerd of the rig in its network; they share nothing with daemons of the machine and read none
 * of its configuration. Resolves when both answer by their sockets, as `ready` says.
 * @throws CcError `Unreachable` with the end of the log of the one that ended or did not answer in time.
 */
export async function startDaemons(rig: Rig, path: string, ready: () => Promise<boolean>): Promise<Daemon[]> {
  const containerd = join(rig.directory, 'containerd');
  const socket = join(containerd, 'containerd.sock');
  await mkdir(containerd);
  await writeFile(join(rig.directory, 'containerd.toml'), containerdConfig(containerd, socket));
  await writeFile(join(rig.directory, 'daemon.json'), '{}\n');
  await writeFile(join(rig.directory, 'seccomp.json'), JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW' }));
  const first = await startDaemon(rig, path, ['containerd', '--config', join(rig.directory, 'containerd.toml')]);
  const dockerd = await startDaemon(rig, path, ['dockerd', ...dockerdFlags(rig, socket)]);
  await untilReady(rig, dockerd, ready);
  return [
    { name: 'containerd', process: first },
    { name: 'dockerd', process: dockerd },
  ];
}

/** For each daemon that ended by itself: who, and the end of its log. */
export async function lastWordsOf(rig: Rig, daemons: readonly Daemon[]): Promise<string[]> {
  const words = daemons.map(async ({ name, process }) => {
    if (await isAlive(process)) return [];
    const log = await readFile(logOf(rig, name), 'utf8').catch(String);
    return [`${name} ended by itself; the end of its log:\n${log.trim().slice(-LAST_WORDS)}`];
  });
  return (await Promise.all(words)).flat();
}

const logOf = ({ directory }: Rig, name: string): string => join(directory, `${name}.log`);

function dockerdFlags({ directory, name, socketPath }: Rig, containerd: string): string[] {
  return [
    `--config-file=${join(directory, 'daemon.json')}`,
    `--data-root=${join(directory, 'data')}`,
    `--exec-root=${join(directory, 'exec')}`,
    `--pidfile=${join(directory, 'dockerd.pid')}`,
    `--host=unix://${socketPath}`,
    `--containerd=${containerd}`,
    '--exec-opt=native.cgroupdriver=cgroupfs',
    `--cgroup-parent=/${name}`,
    // Compiling the usual filter for each container and each health check is a tenth of what they cost.
    `--seccomp-profile=${join(directory, 'seccomp.json')}`,
    '--shutdown-timeout=3',
    '--log-level=warn',
  ];
}

function containerdConfig(directory: string, socket: string): string {
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${socket}"
[debug]
  address = "${directory}/debug.sock"
  level = "warn"
`;
}

async function startDaemon(rig: Rig, path: string, argv: readonly string[]): Promise<ProcessIdentity> {
  const log = openSync(logOf(rig, argv[0] ?? ''), 'a');
  try {
    const [program, ...args] = [...enterNetwork(rig), ...argv] as [string, ...string[]];
    const env = { PATH: path, LANG: 'C', HOME: rig.directory, GOGC, [TOKEN_VARIABLE]: tokenOf(rig) };
    const child = spawn(program, args, { cwd: '/', env, detached: true, stdio: ['ignore', log, log] });
    child.unref();
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return await identityOf(child.pid ?? -1);
  } finally {
    closeSync(log);
  }
}

async function untilReady(rig: Rig, dockerd: ProcessIdentity, ready: () => Promise<boolean>): Promise<void> {
  const started = systemClock.monotonicMs();
  while (!(await ready())) {
    const late = systemClock.monotonicMs() - started > START_TIMEOUT_MS;
    if (late || !(await isAlive(dockerd))) {
      const log = await readFile(logOf(rig, 'dockerd'), 'utf8');
      throw new CcError('Unreachable', `dockerd ${late ? 'does not answer' : 'ended'}: ${log.trim().slice(-2_000)}`);
    }
    await systemClock.sleep(POLL_MS);
  }
}
