import type { AppObservation, TaskState } from '../../../lib/platform/platform.ts';

type Services = Pick<AppObservation, 'services'>;

/**
 * A service of which a task that ran before has ended or is gone: the first by name. A job that ends by itself does not
 * count, nor a task that is still there and fails its health check for a while. Pure.
 */
export function replacedService(before: Services, after: Services): string | undefined {
  const alive = new Set(tasksIn(after, ['Running', 'Starting']).map(({ task }) => task));
  const gone = tasksIn(before, ['Running']).filter(({ task }) => !alive.has(task));
  return gone.map(({ service }) => service).toSorted()[0];
}

/** Tasks of services that always run, as `service@start`. */
function tasksIn({ services }: Services, states: readonly TaskState[]): { service: string; task: string }[] {
  const lasting = services.filter(({ restart }) => restart === 'Always');
  return lasting.flatMap(({ name, tasks }) =>
    tasks
      .filter(({ state }) => states.includes(state))
      .map(({ startedAt }) => ({ service: name, task: `${name}@${startedAt}` })),
  );
}
