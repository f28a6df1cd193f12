import { existsSync } from 'node:fs';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { systemCode } from '../../lib/errors.ts';
import type { CommandRunner } from '../../lib/exec/command.ts';
import { endProcesses } from '../../lib/exec/processes.ts';
import { type Rig, removeRigDirectory, tokenOf } from './rig.ts';
import { type RigCommands, rigCommands } from './rig-commands.ts';

const CGROUPS = '/sys/fs/cgroup';
/** What dockerd gets to end by itself after SIGTERM, milliseconds. */
const GRACE_MS = 15_000;
/** Killed processes may have started others: so often is looked again, with that pause in milliseconds. */
const VISITOR_LOOKS = 50;
const VISITOR_PAUSE_MS = 50;

/**
 * Removes a rig, however much of it there is: the swarm with its stacks, containers, the daemons with all they started,
 * mounts, the network namespace, cgroups, the directory. Idempotent.
 * @throws CcError `DeadlineExceeded` when a process outlives SIGKILL; the system error of a directory that stays.
 */
export async function endRig(rig: Rig, runner: CommandRunner, path: string): Promise<void> {
  const commands = rigCommands(rig, runner, path);
  if (existsSync(rig.socketPath)) await emptyEngine(commands);
  await endProcesses({ prefix: tokenOf(rig), graceMs: GRACE_MS, clock: systemClock });
  await endVisitors(rig, commands);
  for (const mount of await mountsBelow(rig.directory)) await commands.may('umount', '--lazy', mount);
  if (existsSync(`/run/netns/${rig.name}`)) await commands.must('ip', 'netns', 'delete', rig.name);
  await removeCgroups(rig.name);
  await removeRigDirectory(rig);
}

/** Lets the engine put away itself what only it knows; whatever it does not manage ends with its processes. */
async function emptyEngine({ may }: RigCommands): Promise<void> {
  const left = await may('timeout', '20', 'docker', 'swarm', 'leave', '--force');
  if (left.exitCode === 124) return;
  const ids = (await may('timeout', '10', 'docker', 'ps', '--all', '--quiet', '--no-trunc')).stdout.split('\n');
  const containers = ids.filter((id) => /^[0-9a-f]{64}$/.test(id));
  if (containers.length > 0) await may('timeout', '20', 'docker', 'rm', '--force', '--volumes', ...containers);
}

/** What tests left running in the rig's network when they were cut off: it would keep the namespace alive. */
async function endVisitors({ name }: Rig, { may }: RigCommands): Promise<void> {
  for (let look = 0; look < VISITOR_LOOKS; look += 1) {
    const pids = (await may('ip', 'netns', 'pids', name)).stdout.split('\n').map(Number).filter(Boolean);
    if (pids.length === 0) return;
    for (const pid of pids) killOne(pid);
    await systemClock.sleep(VISITOR_PAUSE_MS);
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** Mount points below a directory, innermost first. */
async function mountsBelow(directory: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '').map(unescapeOctal);
  return points.filter((point) => point.startsWith(`${directory}/`)).sort((a, b) => b.length - a.length);
}

/** proc(5) writes blanks and backslashes of paths as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The cgroup of that name in every hierarchy, emptied by now. */
async function removeCgroups(name: string): Promise<void> {
  const places = [CGROUPS, ...(await directoriesIn(CGROUPS))];
  for (const place of places) await removeCgroup(join(place, name));
}

async function removeCgroup(path: string): Promise<void> {
  for (const inner of await directoriesIn(path)) await removeCgroup(inner);
  await rmdir(path).catch(() => {}); // absent, or the kernel is not done with it: an empty cgroup holds nothing
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
