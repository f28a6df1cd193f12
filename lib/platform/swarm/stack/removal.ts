import type { Clock } from '../../../clock.ts';
import { CcError, orNothing } from '../../../errors.ts';
import { removeTree } from '../../../fs/remove-tree.ts';
import type { Engine, EngineStack, EngineThing } from '../engine/engine.ts';
import type { StackClaims } from './claims.ts';
import type { StackTools } from './driver.ts';
import { type StackRecord, undeployedRecord } from './record.ts';
import { presentVolumes } from './volumes.ts';

/** Tasks in these states hold nothing of the node any more. */
const OVER = new Set(['complete', 'shutdown', 'failed', 'rejected', 'orphaned']);
/** Containers in these states run nothing. */
const STILL = new Set(['created', 'exited', 'dead']);
const POLL_MS = 200;
/** The engine needs about ten seconds and the grace of the slowest service. */
const GONE_WITHIN_MS = 300_000;
/** An engine that has not passed a task over wants it no more within milliseconds. */
const NUDGE_AFTER_MS = 2_000;

export interface GoneOptions {
  engine: Engine;
  clock: Clock;
  stack: string;
  signal: AbortSignal;
}

/**
 * Waits until no service, running task, container and network of the stack is left: before that a deploy fails on the
 * half-removed network, and volumes are still in use. Once the services are gone, it stops jobs, removes containers that
 * do not run, and the networks when nothing runs on them any more: the engine itself lets jobs run on and keeps their
 * containers, and never lets go of a network that it lost under a running one (measured with 20.10).
 * @throws CcError `DeadlineExceeded` naming what stays, `Aborted`.
 */
export async function awaitGone(options: GoneOptions): Promise<void> {
  const { engine, stack, signal } = options;
  await poll(options, async () => {
    const found = await engine.stack(stack, signal);
    const networks = await engine.networks(stack, signal);
    if (found.services.length === 0) await removeRest(found, networks, options);
    return [...remaining(found), ...networks.map(({ name }) => `network ${name}`)];
  });
}

async function removeRest(stack: EngineStack, networks: readonly EngineThing[], options: GoneOptions): Promise<void> {
  const { tasks, containers } = stack;
  const { engine, signal } = options;
  const live = tasks.filter(({ state }) => !OVER.has(state));
  const jobs = live.filter(({ desired }) => desired === 'complete').map(({ containerId }) => containerId);
  for (const { id, state } of containers) {
    if (state === 'running' && jobs.includes(id)) await engine.stopContainer(id, signal);
  }
  const ended = containers.filter(({ state }) => STILL.has(state));
  await removeAll(ended, (id) => engine.removeContainer(id, signal));
  if (live.length > 0 || ended.length < containers.length) return;
  await removeAll(networks, (id) => engine.removeNetwork(id, signal));
}

/** Waits until no task of the stack runs; its services stay. @throws CcError as {@link awaitGone}. */
export async function awaitStopped(options: GoneOptions): Promise<void> {
  const { engine, clock, stack, signal } = options;
  let nudgedMs = clock.monotonicMs();
  await poll(options, async () => {
    const { tasks, containers } = await engine.stack(stack, signal);
    if (clock.monotonicMs() - nudgedMs >= NUDGE_AFTER_MS) {
      for (const id of forgotten(tasks)) await engine.nudge(id, signal);
      nudgedMs = clock.monotonicMs();
    }
    const live = tasks.filter(({ state }) => !OVER.has(state)).map(({ id }) => `task ${id}`);
    const running = containers
      .filter(({ state }) => state === 'running')
      .map(({ id }) => `container ${id.slice(0, 12)}`);
    return [...live, ...running];
  });
}

/**
 * Services of tasks that the engine still wants although nothing is wanted of the service: a task whose state changes
 * while the engine scales it away is passed over ("update out of sequence" in its log), for ever if nobody asks again.
 */
function forgotten(tasks: EngineStack['tasks']): string[] {
  const wanted = tasks.filter(({ state, desired }) => desired === 'running' && !OVER.has(state));
  return [...new Set(wanted.map(({ serviceId }) => serviceId))];
}

/**
 * Removes volumes, secrets or configs; one that is still in use is tried again for a while, because the engine lets go
 * of it late. @throws CcError as {@link awaitGone}.
 */
async function removePatiently(
  options: GoneOptions,
  list: () => Promise<readonly EngineThing[]>,
  remove: (id: string) => Promise<void>,
): Promise<void> {
  await poll(options, async () => {
    const things = await list();
    await removeAll(things, remove);
    return things.length === 0 ? [] : (await list()).map(({ name }) => name);
  });
}

/** What of the stack is on the engine, one line each. Pure. */
export function remaining({ services, tasks, containers }: EngineStack): string[] {
  return [
    ...services.map(({ name }) => `service ${name}`),
    ...tasks.filter(({ state }) => !OVER.has(state)).map(({ id }) => `task ${id}`),
    ...containers.map(({ id }) => `container ${id.slice(0, 12)}`),
  ];
}

async function removeAll(things: readonly { id: string }[], remove: (id: string) => Promise<void>): Promise<void> {
  for (const { id } of things) await orNothing(remove(id), 'Conflict', 'NotFound');
}

async function poll({ clock, stack, signal }: GoneOptions, look: () => Promise<readonly string[]>): Promise<void> {
  const started = clock.monotonicMs();
  for (;;) {
    const left = await look();
    if (left.length === 0) return;
    if (clock.monotonicMs() - started > GONE_WITHIN_MS)
      throw new CcError('DeadlineExceeded', `of the stack ${stack} there still is: ${left.join(', ')}`, {
        remedy: 'Look at it with docker stack ps and docker ps.',
      });
    await clock.sleep(POLL_MS, signal);
  }
}

export interface TeardownOptions extends StackTools {
  clock: Clock;
  claims: StackClaims;
  domain: string;
  /** The claim, as it is now. */
  record: StackRecord;
}

/**
 * Removes the services, networks and configs of the stack and waits until they are gone; volumes and secrets stay.
 * @throws CcError `Refused` (another swarm answers), `DeadlineExceeded` naming what stays, `Aborted`.
 */
export async function takeStackDown(options: TeardownOptions): Promise<void> {
  const { engine, driver, clock, claims, domain, record, signal } = options;
  const { stack } = record;
  await claims.assertHere(domain, record, signal);
  const found = await engine.stack(stack, signal);
  if (record.state === 'Undeployed' && remaining(found).length === 0) return;
  await claims.write(domain, { ...record, state: 'Removing' });
  await driver.remove({ domain }, found, signal);
  await awaitGone({ engine, clock, stack, signal });
  await removePatiently(
    { engine, clock, stack, signal },
    () => engine.configs(stack, signal),
    (id) => engine.removeConfig(id, signal),
  );
  await claims.write(domain, undeployedRecord(record));
}

/**
 * Removes volumes and secrets of a stack that was taken down, and verifies by label that nothing is left.
 * @throws CcError `Conflict` (somebody else's things under the stack's label), and as {@link takeStackDown}.
 */
export async function removeStackData(options: TeardownOptions): Promise<void> {
  const { engine, driver, clock, claims, domain, record, signal } = options;
  const { stack } = record;
  const gone = { engine, clock, stack, signal };
  const volumes = async () => (await engine.volumes(stack, signal)).map(({ name }) => ({ id: name, name, labels: {} }));
  await removePatiently(gone, volumes, (name) => engine.removeVolume(name, signal));
  await driver.forget({ domain }, signal);
  const names = record.secrets.map(({ versionedName }) => versionedName);
  await removePatiently(
    gone,
    () => engine.secrets(stack, names, signal),
    (id) => engine.removeSecret(id, signal),
  );
  // Directories of volumes that the engine had forgotten.
  for (const { path } of await presentVolumes(record)) await removeTree(path);
  const left = await claims.onEngine({ ...record, mountpoints: {} }, signal);
  if (left.length === 0) return;
  const remedy = 'Somebody else made it under the same stack name: remove it by hand.';
  throw new CcError('Conflict', `of the stack ${stack} there still is: ${left.join(', ')}`, { remedy });
}
