import { isAlive } from '../../exec/process-identity.ts';
import type { ServiceObservation, TaskObservation } from '../platform.ts';
import type { AppliedService, AppliedSpec } from './record.ts';
import { readRecord, type SupervisorRecord } from './supervisor/supervisor-record.ts';

/** A service as applied, with what its supervisor recorded. */
export interface RecordedService {
  service: AppliedService;
  record: SupervisorRecord | undefined;
  /** The supervisor of the record lives. */
  alive: boolean;
}

/** Whether the supervisor of a record lives; one that has not answered yet does not count. */
export async function supervisorAlive(record: SupervisorRecord | undefined): Promise<boolean> {
  return record?.supervisor !== undefined && (await isAlive(record.supervisor));
}

/** How a service's record and its supervisor are looked at; tests put a supervisor's end between two looks. */
export interface RecordLook {
  read(path: string): Promise<SupervisorRecord | undefined>;
  isAlive(record: SupervisorRecord | undefined): Promise<boolean>;
}

const onDisk: RecordLook = { read: readRecord, isAlive: supervisorAlive };

/**
 * The record at `path` and whether its supervisor lives, as of one moment. A supervisor records how its command ended
 * and only then ends itself: what was read before it was seen dead may be old, what is read after that is final.
 */
export async function lookAtService(
  service: AppliedService,
  path: string,
  look: RecordLook = onDisk,
): Promise<RecordedService> {
  let record = await look.read(path);
  for (;;) {
    if (await look.isAlive(record)) return { service, record, alive: true };
    const final = await look.read(path);
    if (hasSameSupervisor(final, record)) return { service, record: final, alive: false };
    record = final;
  }
}

function hasSameSupervisor(one: SupervisorRecord | undefined, other: SupervisorRecord | undefined): boolean {
  return one?.token === other?.token && one?.supervisor?.pid === other?.supervisor?.pid;
}

/** Tasks and update state of a service. Pure. */
export function observeService(applied: AppliedSpec, recorded: RecordedService): ServiceObservation {
  const { service, record } = recorded;
  const present = presentTask(applied, recorded);
  const past = (record?.exits ?? []).map(
    (exit): TaskObservation => ({
      state: 'Exited',
      current: exit.specId === applied.specId,
      startedAt: exit.startedAt,
      endedAt: exit.endedAt,
      exitCode: exit.exitCode,
      ...(exit.message === undefined ? {} : { message: exit.message }),
    }),
  );
  return {
    name: service.name,
    image: service.image,
    replicas: service.replicas,
    restart: restartOf(service, record),
    ...(service.launch.restartDelayMs === undefined ? {} : { restartDelayMs: service.launch.restartDelayMs }),
    ...(serves(applied, service) ? { serves: true } : {}),
    tasks: [...(present ? [present] : []), ...past],
    update: isBehind(applied, recorded) ? 'Updating' : 'None',
  };
}

/** The app runs what was applied: commit and version as the supervisors recorded them; undefined while they differ. */
export function appliedRevision(
  applied: AppliedSpec,
  services: readonly RecordedService[],
): { commit?: string; version?: string } {
  const wanted = services.filter(({ service }) => service.replicas > 0);
  const [first = applied, ...others] = wanted.map(({ record }) => record);
  if (!first?.commit || others.some((record) => record?.commit !== first.commit)) return {};
  return { commit: first.commit, ...(first.version === undefined ? {} : { version: first.version }) };
}

/**
 * Supervisors of the applied spec that are gone though their services may go on: somebody ended them, or the machine
 * started anew. Sorted, in words; undefined: none. Pure.
 */
export function changedByOthers(applied: AppliedSpec, services: readonly RecordedService[]): string | undefined {
  if (applied.state !== 'Deployed') return undefined;
  const gone = services.filter((one) => hasLostSupervisor(applied, one)).map(({ service }) => service.name);
  if (gone.length === 0) return undefined;
  const said = gone.toSorted().map((name) => `the supervisor of service ${name} is gone`);
  return said.join('; ');
}

/** A launch that no supervisor has answered yet is under way; one that `Ended` was the service's own end. */
function hasLostSupervisor({ specId }: AppliedSpec, { service, record, alive }: RecordedService): boolean {
  const hadOne = record?.specId === specId && record.supervisor !== undefined;
  return hadOne && service.replicas > 0 && !alive && record.state !== 'Ended';
}

function presentTask(applied: AppliedSpec, { service, record, alive }: RecordedService): TaskObservation | undefined {
  if (!record?.process) return undefined;
  const current = record.specId === applied.specId;
  const { startedAt } = record.process;
  if (!alive) return { state: 'Exited', current, startedAt, message: 'its supervisor is gone' };
  const check = `its health check (${(service.launch.health?.command ?? []).join(' ')})`;
  if (record.health === 'Unhealthy') return { state: 'Starting', current, startedAt, message: `${check} fails` };
  if (record.health !== 'Starting') return { state: 'Running', current, startedAt };
  return { state: 'Starting', current, startedAt, message: `${check} has not passed yet` };
}

/** A service whose attempts are used up is not started again, whatever the policy was. */
function restartOf(service: AppliedService, record: SupervisorRecord | undefined): ServiceObservation['restart'] {
  const { restart } = service.launch;
  const usedUp = record?.state === 'Ended' && record.exits[0]?.exitCode !== 0;
  return usedUp ? 'Never' : restart;
}

function serves({ endpoints }: AppliedSpec, { name, launch }: AppliedService): boolean {
  return launch.health !== undefined || endpoints.some(({ service }) => service === name);
}

/** Deployed, but the supervisor of the applied spec has not taken over: a deploy is under way or was interrupted. */
function isBehind(applied: AppliedSpec, { service, record }: RecordedService): boolean {
  return applied.state === 'Deployed' && service.replicas > 0 && record?.specId !== applied.specId;
}
