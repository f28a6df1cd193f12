import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError } from '../../errors.ts';
import { namesIn } from '../../fs/exists.ts';
import { type Finding, ok, type Probe, unclear, wrong } from '../probe.ts';
import { StateLayout } from '../state-layout.ts';
import { STACK_LABEL } from './engine/engine.ts';
import { compareVersions } from './engine/version.ts';
import type { DockerStackDriverOptions } from './stack/docker-stack-driver.ts';
import { INSTANCE_LABEL } from './stack/plan.ts';
import { readStackRecord, stackRecordPath } from './stack/record.ts';

export interface SwarmProbesOptions extends Omit<DockerStackDriverOptions, 'instanceId'> {
  /** Absent before the first start of a controller. */
  instanceId?: string | undefined;
}

/** The network that routed recipes join. */
const PROXY = 'proxy';
const LEAST_API = '1.41';
const TIMEOUT_MS = 20_000;

/** Checks of the engine behind the swarm adapters. They read only. */
export function swarmProbes(options: SwarmProbesOptions): Probe[] {
  const probe = (name: string, look: Probe['look']): Probe => ({ area: 'Platform', name, look });
  return [
    probe('engine', async (signal) => await engineAnswers(options, signal)),
    probe('swarm manager', async (signal) => await isManager(options, signal)),
    probe(`network ${PROXY}`, async (signal) => await hasProxy(options, signal)),
    probe('volumes directory', async (signal) => await volumesReadable(options, signal)),
    probe('stacks without a claim', async (signal) => await unclaimedStacks(options, signal)),
  ];
}

async function engineAnswers({ engine }: SwarmProbesOptions, signal: AbortSignal): Promise<Finding> {
  const { engineVersion, apiVersion } = await engine.identity(signal);
  const said = `Docker ${engineVersion} answers, API ${apiVersion}`;
  if (compareVersions(apiVersion, LEAST_API) >= 0) return ok(said);
  return unclear(said, `Use an engine with API ${LEAST_API} or newer: older ones are not tested.`);
}

async function isManager({ engine, socketPath }: SwarmProbesOptions, signal: AbortSignal): Promise<Finding> {
  const { manager, clusterId, nodes } = await engine.identity(signal);
  if (manager && nodes > 1) {
    const said = `this node manages the swarm ${clusterId}, which has ${nodes} nodes`;
    return unclear(said, 'Recipes with volumes are refused there: their data could be on any node.');
  }
  if (manager) return ok(`this node manages the swarm ${clusterId}`);
  return wrong(`the engine at ${socketPath} is no manager of a swarm that has a leader`, 'Run docker swarm init.');
}

async function hasProxy({ engine }: SwarmProbesOptions, signal: AbortSignal): Promise<Finding> {
  if ((await engine.networkNames(signal)).includes(PROXY)) return ok('it exists');
  const remedy = `Create it: docker network create --driver overlay --attachable ${PROXY}.`;
  return wrong('recipes that are routed join it, and it does not exist', remedy);
}

/** Sets are copied from where the engine keeps the bytes of volumes. */
async function volumesReadable(options: SwarmProbesOptions, signal: AbortSignal): Promise<Finding> {
  const directory = join(await dataRoot(options, signal), 'volumes');
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(`${directory} can be read and written`);
  } catch (cause) {
    const remedy = 'Run as root on the host of the engine: data is copied from and to the directories of volumes.';
    throw new CcError('Refused', `${directory} cannot be read and written`, { cause, remedy });
  }
}

async function dataRoot({ runner, path, socketPath }: SwarmProbesOptions, signal: AbortSignal): Promise<string> {
  const argv = ['docker', '--host', `unix://${socketPath}`, 'info', '--format', '{{.DockerRootDir}}'] as const;
  const env = { PATH: path, HOME: '/nonexistent', LANG: 'C' };
  const { exitCode, stdout, stderr } = await runner.run({ argv, cwd: '/', env, signal, timeoutMs: TIMEOUT_MS });
  const root = stdout.trim();
  if (exitCode === 0 && root.startsWith('/')) return root;
  throw new CcError('CommandFailed', `docker info did not name a data root: ${stderr.trim().split('\n').at(-1)}`);
}

/** Stacks that carry this instance's label although no record here claims them. They are named, never removed. */
async function unclaimedStacks(options: SwarmProbesOptions, signal: AbortSignal): Promise<Finding> {
  const { engine, stateDirectory, instanceId } = options;
  if (instanceId === undefined) return ok('no controller has run on the state directory yet');
  const services = await engine.services(signal);
  const own = services.filter(({ labels }) => labels[INSTANCE_LABEL] === instanceId);
  const stacks = new Set(own.map(({ name, labels }) => labels[STACK_LABEL] ?? name));
  const claimed = await claimedStacks(stateDirectory);
  const strays = [...stacks].filter((stack) => !claimed.has(stack)).toSorted();
  if (strays.length === 0) return ok('there is none');
  const remedy = 'Look at them, and remove what is yours by docker stack rm; the controller does not touch them.';
  return unclear(`they carry the label of this instance, but no app here claims them: ${strays.join(', ')}`, remedy);
}

async function claimedStacks(stateDirectory: string): Promise<ReadonlySet<string>> {
  const layout = new StateLayout(stateDirectory);
  const domains = await namesIn(layout.apps);
  const records = await Promise.all(domains.map((domain) => readStackRecord(stackRecordPath(layout, domain))));
  return new Set(records.flatMap((record) => (record === undefined ? [] : [record.stack])));
}
