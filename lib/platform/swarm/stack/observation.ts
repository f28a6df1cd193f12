import { present } from '../../../api/objects.ts';
import type { AppObservation, ServiceObservation, TaskObservation, TaskState, Volume } from '../../platform.ts';
import type { EngineService, EngineStack, EngineTask } from '../engine/engine.ts';
import { hostLack } from '../host-faults.ts';
import type { RecordedService, StackRecord } from './record.ts';

/** What is known of an app when it is looked at. */
export interface StackFacts {
  record: StackRecord;
  found: EngineStack;
  /** Those that exist. */
  volumes: readonly Volume[];
  /** The services carry the marks of the recorded revision. */
  isRevision: boolean;
}

/** States in which a task has not begun to run. */
const STARTING = new Set(['new', 'pending', 'assigned', 'accepted', 'preparing', 'ready', 'starting']);
/** Ends that a restart policy counts. */
const ENDED_BADLY = new Set(['failed', 'rejected']);
/** States before a node was found for the task: an error there is the scheduler's. */
const UNPLACED = new Set(['new', 'pending']);

/** The app as it is now. Pure. */
export function observeStack(facts: StackFacts): AppObservation {
  const { record, found, volumes } = facts;
  const isThere = found.services.length > 0 || found.containers.length > 0;
  if (record.state === 'Undeployed') return { deployed: isThere, services: [], volumes, endpoints: [], ignored: [] };
  const changed = changedByOthers(record, found);
  return {
    deployed: isThere || changed === undefined,
    ...revisionOf(facts),
    services: record.services.map((service) => observeService(service, facts)),
    volumes,
    endpoints: record.endpoints,
    ignored: record.ignored,
    ...present({ url: record.url, unrouted: record.unrouted, changedByOthers: changed }),
  };
}

/** What somebody else did since the spec was applied, in words; undefined: nothing. The engine's own rollback is not that. Pure. */
function changedByOthers(record: StackRecord, found: EngineStack): string | undefined {
  if (record.state !== 'Deployed') return undefined;
  if (found.services.length === 0 && record.services.length > 0) return `the stack ${record.stack} was removed`;
  const changes = record.services.flatMap((service) => changeOf(service, serviceOf(service.name, { record, found })));
  const known = new Set(record.services.map(({ name }) => `${record.stack}_${name}`));
  const added = found.services.filter(({ name }) => !known.has(name)).map(({ name }) => `service ${name} was added`);
  const all = [...changes, ...added].toSorted();
  return all.length === 0 ? undefined : all.join('; ');
}

/** A task as the port tells it. Pure. */
function observeTask(task: EngineTask, service: EngineService): TaskObservation {
  const state = stateOf(task);
  return {
    state,
    current: task.templateDigest === service.templateDigest && task.state !== 'shutdown',
    // A waiting task's own time moves whenever the scheduler looks at it again.
    startedAt: state === 'Running' ? task.stateAt : task.createdAt,
    ...(state === 'Exited' || state === 'Rejected' ? { endedAt: task.stateAt } : {}),
    ...present({
      exitCode: task.exitCode,
      message: task.error ?? waitsForHealth(task, service),
      hostLacks: hostLack(task.error ?? ''),
    }),
  };
}

/** A container that runs is `starting` until its check has passed. */
function waitsForHealth({ state }: EngineTask, { healthCheck }: EngineService): string | undefined {
  if (state !== 'starting' || healthCheck === undefined) return undefined;
  return `its health check (${healthCheck}) has not passed yet`;
}

/**
 * Names what the spec itself puts in the way of a new task: while an update that starts it first waits for a place, the
 * old task keeps the host ports. Pure.
 */
function inItsOwnWay(tasks: readonly TaskObservation[], { startFirst, ports }: EngineService): TaskObservation[] {
  const host = ports.filter(({ mode }) => mode === 'Host').map(({ published }) => published);
  const old = tasks.some(({ state, current }) => state === 'Running' && !current);
  if (startFirst !== true || host.length === 0 || !old) return [...tasks];
  const why =
    `deploy.update_config.order start-first starts it while the old task still holds host port ${host.join(', ')} ` +
    '(ports, mode: host): use stop-first';
  return tasks.map((task) =>
    task.state === 'Unplaceable' ? { ...task, message: [task.message, why].filter(Boolean).join('; ') } : task,
  );
}

function stateOf(task: EngineTask): TaskState {
  if (UNPLACED.has(task.state)) return task.error === undefined ? 'Starting' : 'Unplaceable';
  if (STARTING.has(task.state)) return 'Starting';
  if (task.state === 'running') return 'Running';
  return task.state === 'rejected' ? 'Rejected' : 'Exited';
}

function observeService(recorded: RecordedService, { record, found }: StackFacts): ServiceObservation {
  const service = serviceOf(recorded.name, { record, found });
  if (service === undefined) return { ...recordedFacts(recorded), restart: 'Always', tasks: [], update: 'None' };
  const own = found.tasks
    .filter(({ serviceId }) => serviceId === service.id)
    .toSorted((a, b) => b.createdAt - a.createdAt);
  return {
    ...recordedFacts(recorded),
    image: service.image,
    ...(service.mode === 'Global' ? { replicas: service.replicas } : {}),
    restart: attemptsUsedUp(service, own) ? 'Never' : service.restart,
    ...present({ restartDelayMs: service.restartDelayMs, serves: service.serves }),
    tasks: inItsOwnWay(
      own.map((task) => observeTask(task, service)),
      service,
    ),
    update: updateOf(recorded, service),
  };
}

/** Tasks that the engine keeps of a slot, beside the living one, unless told otherwise. */
const KEPT_TASKS = 4;

/**
 * Whether a slot failed so often that the engine makes no further task for it. Of a higher limit not all ends are kept:
 * then the crash loop tells.
 */
function attemptsUsedUp({ maxAttempts, templateDigest }: EngineService, tasks: readonly EngineTask[]): boolean {
  if (maxAttempts === undefined || maxAttempts > KEPT_TASKS) return false;
  const current = tasks.filter((task) => task.templateDigest === templateDigest && task.state !== 'shutdown');
  return [...Map.groupBy(current, ({ slot }) => slot).values()].some(
    (ofSlot) => ofSlot.length > maxAttempts && ofSlot.every(({ state }) => ENDED_BADLY.has(state)),
  );
}

/** A rollback puts another spec back: where the applied one still stands, the engine's word is about an earlier update. */
function updateOf(recorded: RecordedService, { specDigest, update }: EngineService): ServiceObservation['update'] {
  return update === 'RolledBack' && specDigest === recorded.specDigest ? 'None' : update;
}

function recordedFacts({ name, image, replicas }: RecordedService): { name: string; image: string; replicas: number } {
  return { name, image, replicas };
}

function changeOf(recorded: RecordedService, service: EngineService | undefined): string[] {
  if (service === undefined) return [`service ${recorded.name} was removed`];
  if (service.specDigest === recorded.specDigest) return [];
  if (service.update === 'RollingBack' || service.update === 'RolledBack') return [];
  if (service.replicas !== recorded.replicas) return [`service ${recorded.name} was scaled to ${service.replicas}`];
  return [`service ${recorded.name} was updated`];
}

function revisionOf({ record, isRevision }: StackFacts): { commit?: string; version?: string } {
  const applied = record.state === 'Deployed' || record.state === 'Stopped';
  if (!applied || !isRevision || record.commit === undefined) return {};
  return { commit: record.commit, ...(record.version === undefined ? {} : { version: record.version }) };
}

function serviceOf(name: string, { record, found }: Pick<StackFacts, 'record' | 'found'>): EngineService | undefined {
  return found.services.find((service) => service.name === `${record.stack}_${name}`);
}
