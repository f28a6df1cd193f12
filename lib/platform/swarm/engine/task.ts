import { present } from '../../../api/objects.ts';
import { templateDigest } from './digest.ts';
import type { EngineContainer, EngineTask } from './engine.ts';
import { type ApiObject, fieldOf, objectOf, optionalNumber, optionalText, textOf, timeOf } from './values.ts';

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
