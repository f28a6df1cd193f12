/** The part of the composition root that makes platforms. An adapter is loaded when it is asked for, not before. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResolvedConfig } from '../lib/config/load.ts';
import { withinDeadline } from '../lib/deadline.ts';
import { CcError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Platform, PlatformKind } from '../lib/platform/platform.ts';
import type { ProcessPlatformOptions } from '../lib/platform/process/process-platform.ts';
import type { Engine } from '../lib/platform/swarm/engine/engine.ts';
import type { RecipeLinter } from '../lib/recipe/recipe-linter.ts';
import { assertPlatform, type Instance } from '../lib/store/instance.ts';
import { choosePlatform, neededProbes, type PlatformChoice, type Probe } from './platform-choice.ts';

type Surroundings = 'runner' | 'cgroups' | 'clock' | 'path' | 'supervisorCommand';
export interface PlatformInputs extends Pick<ProcessPlatformOptions, Surroundings> {
  config: ResolvedConfig;
  log: Log;
}

/** A platform that was decided on and answers; made once the instance is known. */
export interface OpenedPlatform {
  kind: PlatformKind;
  /** Absent: the platform has no engine but ourselves. */
  engineId?: string;
  make(instance: Instance): Promise<Platform>;
  /** The linter of the tool that deploys; absent: there is none. */
  linter?(instance: Instance): Promise<RecipeLinter>;
  /** Lets go of its connections. Idempotent. */
  close(): void;
}

const PROBE_MS = 20_000;

/**
 * Decides on the platform and looks whether it answers. Writes nothing.
 * @param bound what the state directory is bound to; undefined at first start.
 * @throws CcError `Refused` where the configuration asks for another platform than the bound one; as `choosePlatform`.
 */
export async function openPlatform(inputs: PlatformInputs, bound: Instance | undefined): Promise<OpenedPlatform> {
  const { config, log } = inputs;
  const facts = { configured: config.platform, ...(bound === undefined ? {} : { bound: bound.platform }) };
  if (bound !== undefined && config.platform !== 'Auto') assertPlatform(config.stateDirectory, bound, config.platform);
  const needed = neededProbes(facts);
  if (!needed.swarm) return processPlatform(inputs);
  const engine = await openEngine(inputs);
  try {
    const swarm = await probe(inputs, async (signal) => await clusterOf(engine, config.swarm.socket, signal));
    const abra = needed.abra && swarm.found ? await probe(inputs, (signal) => abraVersion(inputs, signal)) : undefined;
    const choice = choosePlatform({ ...facts, socket: config.swarm.socket, swarm, ...(abra ? { abra } : {}) });
    if (choice.because !== undefined) log.info(`platform ${choice.kind}: ${choice.because}`);
    if (choice.kind !== 'Process') return stackPlatform(inputs, engine, { ...choice, kind: choice.kind });
  } catch (error) {
    engine.close();
    throw error;
  }
  engine.close();
  return processPlatform(inputs);
}

function processPlatform(inputs: PlatformInputs): OpenedPlatform {
  const { stateDirectory, hostPorts } = inputs.config;
  return {
    kind: 'Process',
    make: async ({ instanceId }) => {
      const { ProcessPlatform } = await import('../lib/platform/process/process-platform.ts');
      return new ProcessPlatform({ ...inputs, stateDirectory, instanceId, hostPorts });
    },
    close: () => {},
  };
}

type ClosableEngine = Engine & { close(): void };
type StackChoice = PlatformChoice & { kind: Exclude<PlatformKind, 'Process'> };

function stackPlatform(inputs: PlatformInputs, engine: ClosableEngine, choice: StackChoice): OpenedPlatform {
  const { config, clock, log } = inputs;
  const { stateDirectory, hostPorts, swarm } = config;
  const { kind, engineId } = choice;
  return {
    kind,
    ...(engineId === undefined ? {} : { engineId }),
    make: async ({ instanceId }) => {
      const { SwarmPlatform } = await import('../lib/platform/swarm/swarm-platform.ts');
      const driver = await openDriver(inputs, engine, { kind, instanceId });
      const { baseUrl } = swarm;
      return new SwarmPlatform({ kind, stateDirectory, instanceId, clock, log, engine, driver, hostPorts, baseUrl });
    },
    ...(kind === 'Abra' ? { linter: (instance) => openLinter(inputs, instance) } : {}),
    close: () => engine.close(),
  };
}

/** What the programs that put stacks there are run with. */
function toolsOf({ config, ...surroundings }: PlatformInputs, instanceId: string) {
  const { stateDirectory, swarm, abra } = config;
  return { ...surroundings, ...abra, socketPath: swarm.socket, instanceId, stateDirectory };
}

async function openLinter(inputs: PlatformInputs, { instanceId }: Instance): Promise<RecipeLinter> {
  const { AbraLinter } = await import('../lib/platform/abra/abra-lint.ts');
  return new AbraLinter(toolsOf(inputs, instanceId));
}

async function openEngine({ config, clock, log }: PlatformInputs): Promise<ClosableEngine> {
  const { DockerEngine } = await import('../lib/platform/swarm/engine/docker-engine.ts');
  return new DockerEngine({ socketPath: config.swarm.socket, clock, log });
}

async function openDriver(inputs: PlatformInputs, engine: Engine, chosen: { kind: PlatformKind; instanceId: string }) {
  const { kind, instanceId } = chosen;
  const options = { ...toolsOf(inputs, instanceId), engine };
  if (kind === 'Abra') {
    const { AbraDriver } = await import('../lib/platform/abra/abra-driver.ts');
    return new AbraDriver(options);
  }
  const { DockerStackDriver } = await import('../lib/platform/swarm/stack/docker-stack-driver.ts');
  return new DockerStackDriver(options);
}

async function probe(inputs: PlatformInputs, look: (signal: AbortSignal) => Promise<string>): Promise<Probe<string>> {
  const { clock } = inputs;
  const late = (): CcError => new CcError('DeadlineExceeded', `no answer within ${PROBE_MS} ms`);
  try {
    return { found: true, value: await withinDeadline({ clock, deadlineMs: PROBE_MS, late }, look) };
  } catch (error) {
    return { found: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function clusterOf(engine: Engine, socket: string, signal: AbortSignal): Promise<string> {
  const { manager, clusterId } = await engine.identity(signal);
  if (manager) return clusterId;
  const remedy = 'Make it one: docker swarm init.';
  throw new CcError('Unreachable', `the engine at ${socket} is no manager of a swarm that has a leader`, { remedy });
}

async function abraVersion(inputs: PlatformInputs, signal: AbortSignal): Promise<string> {
  const [{ AbraCli }, { supportedVersion }] = await Promise.all([
    import('../lib/platform/abra/abra-cli.ts'),
    import('../lib/platform/abra/abra-version.ts'),
  ]);
  const directory = join(inputs.config.stateDirectory, 'abra');
  await mkdir(directory, { recursive: true });
  return supportedVersion(await new AbraCli(toolsOf(inputs, 'probe')).version(directory, signal));
}
