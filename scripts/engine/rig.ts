/**
 * What one engine for tests consists of, in one directory below the system's temporary one, so that it can be removed
 * completely by whoever finds its record: the runner at its end, or a later one when that was killed.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from '../../lib/exec/process-identity.ts';
import { readJson, writeJsonDurable } from '../../lib/fs/durable.ts';

const PREFIX = 'cc-ci-engine-';
const RECORD = 'rig.json';

export interface Rig {
  /** Names the network namespace, the cgroup and the token of the processes. */
  name: string;
  directory: string;
  socketPath: string;
  owner: ProcessIdentity;
}

/** Makes the directory with its record; nothing else exists before the record does. */
export async function makeRig(parent: string): Promise<Rig> {
  const directory = await mkdtemp(join(parent, PREFIX));
  const name = `ccci-${process.pid}-${directory.slice(-6)}`;
  const rig: Rig = {
    name,
    directory,
    socketPath: join(directory, 'docker.sock'),
    owner: await identityOf(process.pid),
  };
  await writeJsonDurable(join(directory, RECORD), rig);
  return rig;
}

/** The rigs below `parent` whose owner is gone. */
export async function staleRigs(parent: string): Promise<Rig[]> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(PREFIX));
  const rigs = await Promise.all(names.map((name) => readRig(join(parent, name))));
  const stale = await Promise.all(rigs.map(async (rig) => (rig && !(await isAlive(rig.owner)) ? [rig] : [])));
  return stale.flat();
}

/** A directory that is being made or removed has no readable record: nobody's. */
async function readRig(directory: string): Promise<Rig | undefined> {
  const rig = await readJson<Rig>(join(directory, RECORD)).catch(() => undefined);
  return rig?.directory === directory ? rig : undefined;
}

/** Removes the directory, the record last. */
export async function removeRigDirectory({ directory }: Rig): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name !== RECORD) await rm(join(directory, name), { recursive: true, force: true });
  }
  await rm(directory, { recursive: true, force: true });
}

/** Argv before a command that has to run in the rig's network. `ip netns exec` would hide /sys/fs/cgroup. */
export function enterNetwork({ name }: Rig): [string, string] {
  return ['nsenter', `--net=/run/netns/${name}`];
}

/** Value of `CCCI_TOKEN` of the daemons; containers are found as their children. */
export function tokenOf({ name }: Rig): string {
  return `${name}/engine`;
}
