import { present } from '../../../api/objects.ts';
import { isIngressEnabled } from '../../../recipe/routers.ts';
import { specDigest, templateDigest } from './digest.ts';
import type { EngineContainer, EngineService, EngineTask } from './engine.ts';
import {
  type ApiObject,
  fieldOf,
  labelsOf,
  listOf,
  numberOf,
  objectOf,
  optionalNumber,
  optionalText,
  textOf,
  timeOf,
} from './values.ts';

/** A service as `GET /services?status=true` gives it (API 1.41). Pure. @throws TypeError for another form. */
export function readService(service: ApiObject): EngineService {
  const spec = objectOf(service.Spec);
  const mode = readMode(spec);
  return {
    id: textOf(service.ID),
    name: textOf(spec.Name),
    labels: labelsOf(spec.Labels),
    image: optionalText(fieldOf(spec, 'TaskTemplate', 'ContainerSpec', 'Image')) ?? '',
    mode,
    replicas: readReplicas(service, mode),
    restart: readRestart(spec, mode),
    ...readRestartLimits(spec),
    ...(serves(spec) ? { serves: true } : {}),
    ...present({ healthCheck: readHealthCheck(spec) }),
    ...(fieldOf(spec, 'UpdateConfig', 'Order') === 'start-first' ? { startFirst: true } : {}),
    templateDigest: templateDigest(spec.TaskTemplate),
    specDigest: specDigest(spec),
    update: readUpdate(optionalText(fieldOf(service, 'UpdateStatus', 'State'))),
    ports: readPorts(service),
  };
}

/** Which of the four modes a spec has. @throws TypeError for one that is none of them. */
export function readMode(spec: ApiObject): EngineService['mode'] {
  const keys = Object.keys(objectOf(spec.Mode));
  const found = (['Replicated', 'Global', 'ReplicatedJob', 'GlobalJob'] as const).find((mode) => keys.includes(mode));
  if (found === undefined) throw new TypeError(`a service of unknown mode ${keys.join(', ')}`);
  return found;
}

function readReplicas(service: ApiObject, mode: EngineService['mode']): number {
  const spec = fieldOf(service, 'Spec', 'Mode', mode);
  // Go leaves a pointer to the default, one, out.
  if (mode === 'Replicated') return optionalNumber(fieldOf(spec, 'Replicas')) ?? 1;
  // The engine counts the tasks that it has made of a job, which are none at first.
  if (mode === 'ReplicatedJob')
    return optionalNumber(fieldOf(spec, 'TotalCompletions')) ?? optionalNumber(fieldOf(spec, 'MaxConcurrent')) ?? 1;
  return optionalNumber(fieldOf(service, 'ServiceStatus', 'DesiredTasks')) ?? 0;
}

function readRestart(spec: ApiObject, mode: EngineService['mode']): EngineService['restart'] {
  const condition = optionalText(fieldOf(spec, 'TaskTemplate', 'RestartPolicy', 'Condition'));
  if (condition === 'none') return 'Never';
  if (condition === 'on-failure') return 'OnFailure';
  // A job's task that ended well is never started again.
  return mode === 'Replicated' || mode === 'Global' ? 'Always' : 'OnFailure';
}

/** Durations of the engine are nanoseconds; a limit of 0 is none. */
function readRestartLimits(spec: ApiObject): Pick<EngineService, 'restartDelayMs' | 'maxAttempts'> {
  const delay = optionalNumber(fieldOf(spec, 'TaskTemplate', 'RestartPolicy', 'Delay'));
  const attempts = optionalNumber(fieldOf(spec, 'TaskTemplate', 'RestartPolicy', 'MaxAttempts'));
  return {
    ...(delay === undefined ? {} : { restartDelayMs: Math.round(delay / 1e6) }),
    ...(attempts ? { maxAttempts: attempts } : {}),
  };
}

/** An ingress is told by labels; a check of the image itself does not show in a spec. */
function serves(spec: ApiObject): boolean {
  const published = listOf(fieldOf(spec, 'EndpointSpec', 'Ports')).length > 0;
  return readHealthCheck(spec) !== undefined || published || isIngressEnabled({ labels: labelsOf(spec.Labels) });
}

function readHealthCheck(spec: ApiObject): string | undefined {
  const test: unknown = fieldOf(spec, 'TaskTemplate', 'ContainerSpec', 'Healthcheck', 'Test');
  if (!Array.isArray(test) || test.length === 0 || test[0] === 'NONE') return undefined;
  return test.slice(1).join(' ');
}

/** `UpdateStatus.State` → our word. Pure. An unknown state counts as one in which nothing is under way. */
export function readUpdate(state: string | undefined): EngineService['update'] {
  return UPDATES.get(state ?? '') ?? 'None';
}

const UPDATES: ReadonlyMap<string, EngineService['update']> = new Map([
  ['updating', 'Updating'],
  ['rollback_started', 'RollingBack'],
  ['rollback_completed', 'RolledBack'],
  ['paused', 'Paused'],
  ['rollback_paused', 'Paused'],
]);

/** A port that the engine picks is not in the spec: it stands in the endpoint, or is not known yet (0). */
function readPorts(service: ApiObject): EngineService['ports'] {
  const picked = listOf(fieldOf(service, 'Endpoint', 'Ports'));
  return listOf(fieldOf(service, 'Spec', 'EndpointSpec', 'Ports')).map((port) => {
    const target = numberOf(port.TargetPort);
    const same = picked.find((one) => one.TargetPort === target && one.Protocol === port.Protocol);
    return {
      target,
      published: optionalNumber(port.PublishedPort) ?? optionalNumber(same?.PublishedPort) ?? 0,
      mode: port.PublishMode === 'host' ? ('Host' as const) : ('Ingress' as const),
    };
  });
}

const ENDED: readonly string[] = ['complete', 'shutdown', 'failed', 'remove', 'orphaned'];

/** A task as `GET /tasks` gives it (API 1.41). Pure. @throws TypeError for another form. */
export function readTask(task: ApiObject): EngineTask {
  const status = objectOf(task.Status);
  const state = textOf(status.State);
  const containerId = optionalText(fieldOf(status, 'ContainerStatus', 'ContainerID'));
  // A living task has the exit code 0 as well: it means nothing.
  const exitCode =
    containerId !== undefined && ENDED.includes(state)
      ? optionalNumber(fieldOf(status, 'ContainerStatus', 'ExitCode'))
      : undefined;
  return {
    id: textOf(task.ID),
    serviceId: textOf(task.ServiceID),
    state,
    desired: textOf(task.DesiredState),
    ...present({
      slot: optionalNumber(task.Slot) || undefined,
      error: optionalText(status.Err),
      exitCode,
      containerId,
    }),
    templateDigest: templateDigest(task.Spec),
    createdAt: timeOf(task.CreatedAt),
    stateAt: timeOf(status.Timestamp),
  };
}

/** A container as `GET /containers/json` gives it. Pure. @throws TypeError for another form. */
export function readContainer(container: ApiObject): EngineContainer {
  const labels = objectOf(container.Labels);
  return {
    id: textOf(container.Id),
    service: optionalText(labels['com.docker.swarm.service.name']) ?? '',
    taskId: optionalText(labels['com.docker.swarm.task.id']) ?? '',
    state: textOf(container.State),
  };
}
