import { CcError, orNothing } from '../../../errors.ts';
import type { ExecOptions, ExecResult } from '../../platform.ts';
import type { EngineStack } from '../engine/engine.ts';
import type { GoneOptions } from './removal.ts';

const POLL_MS = 200;
/** So long a task that is being replaced or started is waited for, unless the caller gives less. */
const RUNNING_WITHIN_MS = 60_000;

export interface StackExecOptions extends Omit<GoneOptions, 'signal'> {
  /** As in the compose file. */
  service: string;
}

/**
 * Runs a command in the container of the service's current task. While an update replaces that task, an exec would hit
 * the old container or none: it is waited for, and an exec that met a container on its way out is made again.
 * @throws CcError `NotFound` when no task of the current spec runs in time; as `Engine.exec`.
 */
export async function execInStack(
  where: StackExecOptions,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const started = where.clock.monotonicMs();
  const withinMs = Math.min(RUNNING_WITHIN_MS, options.timeoutMs ?? RUNNING_WITHIN_MS);
  const signal = options.signal ?? new AbortController().signal;
  for (;;) {
    const container = containerOf(where, await where.engine.stack(where.stack, signal));
    const run = container && where.engine.exec(container, argv, options);
    const result = run && (await orNothing(run, 'NotFound', 'Conflict'));
    if (result) return result;
    if (where.clock.monotonicMs() - started > withinMs)
      throw new CcError('NotFound', `no task of service ${where.service} of ${where.stack} runs`, {
        remedy: `Look at it with docker service ps ${where.stack}_${where.service}.`,
      });
    await where.clock.sleep(POLL_MS, signal);
  }
}

/** The container of the newest running task of the current spec, where no update is about to replace it. Pure. */
function containerOf(options: Pick<StackExecOptions, 'stack' | 'service'>, found: EngineStack): string | undefined {
  const { stack, service } = options;
  const owner = found.services.find(({ name }) => name === `${stack}_${service}`);
  if (owner === undefined || owner.update === 'Updating' || owner.update === 'RollingBack') return undefined;
  const running = found.tasks
    .filter(({ serviceId, state, desired }) => serviceId === owner.id && state === 'running' && desired === 'running')
    .filter(({ templateDigest }) => templateDigest === owner.templateDigest)
    .toSorted((a, b) => b.createdAt - a.createdAt);
  return running.find(({ containerId }) => containerId !== undefined)?.containerId;
}
