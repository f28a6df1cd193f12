import type { AppObservation } from '../../../lib/platform/platform.ts';

/**
 * The running tasks of services that always run, as `service` and `service@start`: a job that ends by itself is none of
 * them. Pure.
 */
function runningTasks({ services }: Pick<AppObservation, 'services'>): { service: string; task: string }[] {
  return services
    .filter(({ restart }) => restart === 'Always')
    .flatMap(({ name, tasks }) =>
      tasks
        .filter(({ state }) => state === 'Running')
        .map(({ startedAt }) => ({ service: name, task: `${name}@${startedAt}` })),
    );
}

/** A service of which a task that ran before does not run any more: the first by name. Pure. */
export function replacedService(
  before: Pick<AppObservation, 'services'>,
  after: Pick<AppObservation, 'services'>,
): string | undefined {
  const now = new Set(runningTasks(after).map(({ task }) => task));
  const gone = runningTasks(before).filter(({ task }) => !now.has(task));
  return gone.map(({ service }) => service).toSorted()[0];
}
