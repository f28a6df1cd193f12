import type { Clock } from '../../../clock.ts';
import { hasCode } from '../../../errors.ts';
import { type DiskFigure, diskUsage, type ServicePlaces } from '../../disk-usage.ts';
import type { ServiceUsage, TaskMemory, UsageGap, UsageKind } from '../../platform.ts';
import type { Engine, EngineMemory, EngineRoom, EngineStack } from '../engine/engine.ts';
import type { StackRecord } from './record.ts';

export interface StackUsageOptions {
  engine: Engine;
  clock: Clock;
  record: Pick<StackRecord, 'stack' | 'services'>;
  kinds: readonly UsageKind[];
}

/**
 * What the services of a stack use on this node, in the order of the record; a service that the engine does not have is
 * absent. Replicas count together. @throws CcError `Aborted`, `Unreachable` where the engine does not answer.
 */
export async function usageOfStack(options: StackUsageOptions, signal: AbortSignal): Promise<ServiceUsage[]> {
  const { engine, record, kinds } = options;
  const found = await engine.stack(record.stack, signal);
  const there = record.services.filter(({ name }) => found.services.some((one) => one.name === fullName(record, name)));
  const disk = kinds.includes('Disk') ? await diskOf(options, found, signal) : undefined;
  const usages = there.map(async ({ name }): Promise<ServiceUsage> => {
    const memory = kinds.includes('Memory')
      ? await memoryOf(options, runningOf(found, fullName(record, name)), signal)
      : {};
    return { service: name, ...memory, ...disk?.get(name) };
  });
  return await Promise.all(usages);
}

/** The containers of this node in which tasks of a service run, and why these are not all. */
interface Running {
  containers: readonly string[];
  gap?: UsageGap;
}

/** Pure. */
function runningOf({ services, tasks, containers }: EngineStack, name: string): Running {
  const owner = services.find((one) => one.name === name);
  const here = containers.filter(({ service, state }) => service === name && state === 'running').map(({ id }) => id);
  const elsewhere = tasks.some(
    ({ serviceId, state, containerId }) =>
      serviceId === owner?.id && state === 'running' && !containers.some(({ id }) => id === containerId),
  );
  if (elsewhere) return { containers: here, gap: 'Elsewhere' };
  return { containers: here, ...(here.length === 0 ? { gap: 'NotRunning' } : {}) };
}

async function memoryOf(
  { engine }: StackUsageOptions,
  { containers, gap }: Running,
  signal: AbortSignal,
): Promise<Pick<ServiceUsage, 'memory' | 'memoryGap'>> {
  const answers = await Promise.all(containers.map(async (id) => ({ id, ...(await answerOf(engine, id, signal)) })));
  const memory = answers.flatMap(({ id, memory: told }): TaskMemory[] => (told ? [{ id, ...told }] : []));
  const why = gap ?? answers.find((answer) => answer.gap !== undefined)?.gap;
  return { ...(memory.length === 0 ? {} : { memory }), ...(why === undefined ? {} : { memoryGap: why }) };
}

/** One container that cannot be asked says nothing of the others. @throws CcError `Aborted`, `Unreachable`. */
async function answerOf(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<{ memory?: EngineMemory; gap?: UsageGap }> {
  try {
    const memory = await engine.memory(id, signal);
    return memory === undefined ? { gap: 'Untold' } : { memory };
  } catch (error) {
    if (hasCode(error, 'Aborted', 'Unreachable')) throw error;
    return { gap: 'Unreadable' };
  }
}

async function diskOf(
  { engine, clock, record }: StackUsageOptions,
  found: EngineStack,
  signal: AbortSignal,
): Promise<Map<string, DiskFigure>> {
  const rooms = await engine.rooms(record.stack, signal);
  const places = record.services.map(({ name }) => placesOf(name, fullName(record, name), { rooms, found }));
  return await diskUsage(places, clock, signal);
}

function placesOf(
  service: string,
  name: string,
  { rooms, found }: { rooms: readonly EngineRoom[]; found: EngineStack },
): ServicePlaces {
  const own = rooms.filter((room) => room.service === name);
  const { gap = own.length === 0 ? ('NotRunning' as const) : undefined } = runningOf(found, name);
  return {
    service,
    directories: [...new Set(own.flatMap(({ volumes }) => volumes))],
    ...(own.length === 0 ? {} : { otherBytes: own.reduce((sum, { layerBytes }) => sum + layerBytes, 0) }),
    gap,
  };
}

function fullName({ stack }: Pick<StackRecord, 'stack'>, service: string): string {
  return `${stack}_${service}`;
}
