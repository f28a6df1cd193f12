import type { Clock } from '../../lib/clock.ts';
import { diskUsage } from '../../lib/platform/disk-usage.ts';
import type { ServiceUsage, TaskMemory, UsageKind, Volume } from '../../lib/platform/platform.ts';
import type { FakeApp, FakeService } from './fake-app.ts';

/** Of a service that does not say otherwise. */
export const FAKE_MEMORY_BYTES = 10 * 2 ** 20;

export interface FakeMeasured {
  app: FakeApp;
  services: readonly FakeService[];
  volumes: readonly Volume[];
  kinds: readonly UsageKind[];
  clock: Clock;
}

/** What the services hold by their behaviour, and what their volumes, which are real directories, take. */
export async function fakeUsage(measured: FakeMeasured, signal: AbortSignal): Promise<ServiceUsage[]> {
  const { services, volumes, kinds, clock } = measured;
  const directories = volumes.map(({ path }) => path);
  const places = services.map(({ name: service }) => ({ service, directories, otherBytes: 0 }));
  const disk = kinds.includes('Disk') ? await diskUsage(places, clock, signal) : undefined;
  return services.map((service) => ({
    service: service.name,
    ...(kinds.includes('Memory') ? memoryOf(measured, service) : {}),
    ...disk?.get(service.name),
  }));
}

function memoryOf({ app }: FakeMeasured, service: FakeService): Pick<ServiceUsage, 'memory' | 'memoryGap'> {
  const { name, memoryBytes: bytes = FAKE_MEMORY_BYTES, mostMemoryBytes: mostBytes } = service;
  const running = (app.tasks.get(name) ?? []).filter(({ task }) => task.state === 'Running');
  if (running.length === 0) return { memoryGap: 'NotRunning' };
  const memory = running.map(({ version }, index): TaskMemory => {
    const mark = mostBytes === undefined ? {} : { mark: { nowBytes: bytes, mostBytes } };
    return { id: `${name}.${version}.${index}`, bytes, ...mark };
  });
  return { memory };
}
