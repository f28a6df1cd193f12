import type { Clock } from '../../clock.ts';
import { memoryOf } from '../../exec/process-table.ts';
import { exists } from '../../fs/exists.ts';
import { type DiskFigure, diskUsage } from '../disk-usage.ts';
import type { ServiceUsage, TaskMemory, UsageKind } from '../platform.ts';
import type { ProcessLayout } from './layout.ts';
import type { RecordedService } from './observation.ts';
import type { ServiceProcesses } from './processes.ts';

/** What is to be measured of which app, and with what. */
export interface MeasuredApp {
  layout: ProcessLayout;
  processes: ServiceProcesses;
  clock: Clock;
  domain: string;
  recorded: readonly RecordedService[];
  kinds: readonly UsageKind[];
}

type MemoryFigure = Pick<ServiceUsage, 'memory' | 'memoryGap'>;

/**
 * Memory of the processes of services, their supervisors left out, and room that their volumes and homes take. Memory is
 * told by `/proc`, see docs/adr/0080-usage-of-services.md.
 * @throws CcError `Aborted`; system errors of a machine that cannot list its processes.
 */
export async function usageOfServices(app: MeasuredApp, signal: AbortSignal): Promise<ServiceUsage[]> {
  const memory = app.kinds.includes('Memory') ? await memoryIn(app) : undefined;
  const disk = app.kinds.includes('Disk') ? await diskOf(app, signal) : undefined;
  return app.recorded.map(({ service: { name } }) => ({ service: name, ...memory?.get(name), ...disk?.get(name) }));
}

async function memoryIn({ processes, domain, recorded }: MeasuredApp): Promise<Map<string, MemoryFigure>> {
  const names = recorded.map(({ service }) => service.name);
  const members = await processes.membersOf(domain, names);
  const supervisors = new Set(recorded.map(({ record }) => record?.supervisor?.pid));
  const measured = names.map(async (name): Promise<[string, MemoryFigure]> => {
    const pids = [...new Set(members.get(name))].filter((pid) => !supervisors.has(pid));
    const found = (await Promise.all(pids.map(memoryOf))).filter((one) => one !== undefined);
    if (found.length === 0) return [name, { memoryGap: 'NotRunning' }];
    const memory = found.map(
      (one): TaskMemory => ({
        id: `${one.pid}:${one.startTicks}`,
        bytes: one.ownBytes,
        mark: { nowBytes: one.residentBytes, mostBytes: one.mostResidentBytes },
      }),
    );
    return [name, { memory }];
  });
  return new Map(await Promise.all(measured));
}

async function diskOf(
  { layout, clock, domain, recorded }: MeasuredApp,
  signal: AbortSignal,
): Promise<Map<string, DiskFigure>> {
  const app = layout.app(domain);
  const places = recorded.map(async ({ service: { name, volumes } }) => {
    const { home } = app.service(name);
    return {
      service: name,
      // A service that was never started has no home.
      directories: [...(volumes ?? []).map(app.volume), ...((await exists(home)) ? [home] : [])],
      ...(volumes === undefined ? { gap: 'Untold' as const } : {}),
    };
  });
  return await diskUsage(await Promise.all(places), clock, signal);
}
