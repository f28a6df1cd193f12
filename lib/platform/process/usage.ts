import type { Clock } from '../../clock.ts';
import { memoryOf } from '../../exec/process-table.ts';
import { exists } from '../../fs/exists.ts';
import { type DiskFigure, diskUsage } from '../disk-usage.ts';
import type { ServiceUsage, TaskMemory, UsageKind } from '../platform.ts';
import type { ProcessLayout } from './layout.ts';
import type { RecordedService } from './observation.ts';
import type { ServiceProcesses } from './processes.ts';

export interface ServiceUsagesOptions {
  layout: ProcessLayout;
  processes: ServiceProcesses;
  clock: Clock;
}

type MemoryFigure = Pick<ServiceUsage, 'memory' | 'memoryGap'>;

/** What is to be measured of which app. */
export interface MeasuredApp {
  domain: string;
  recorded: readonly RecordedService[];
  kinds: readonly UsageKind[];
}

/**
 * Memory of the processes of services, their supervisors left out, and room that their volumes and homes take. Memory is
 * told by `/proc`, see docs/adr/0080-usage-of-services.md.
 */
export class ServiceUsages {
  readonly #options: ServiceUsagesOptions;

  constructor(options: ServiceUsagesOptions) {
    this.#options = options;
  }

  /** @throws CcError `Aborted`; system errors of a machine that cannot list its processes. */
  async of(app: MeasuredApp, signal: AbortSignal): Promise<ServiceUsage[]> {
    const memory = app.kinds.includes('Memory') ? await this.#memory(app) : undefined;
    const disk = app.kinds.includes('Disk') ? await this.#diskOf(app, signal) : undefined;
    return app.recorded.map(({ service: { name } }) => ({
      service: name,
      ...memory?.get(name),
      ...disk?.get(name),
    }));
  }

  async #memory({ domain, recorded }: MeasuredApp): Promise<Map<string, MemoryFigure>> {
    const names = recorded.map(({ service }) => service.name);
    const members = await this.#options.processes.membersOf(domain, names);
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

  async #diskOf({ domain, recorded }: MeasuredApp, signal: AbortSignal): Promise<Map<string, DiskFigure>> {
    const layout = this.#options.layout.app(domain);
    const places = recorded.map(async ({ service: { name, volumes } }) => {
      const { home } = layout.service(name);
      return {
        service: name,
        // A service that was never started has no home.
        directories: [...(volumes ?? []).map(layout.volume), ...((await exists(home)) ? [home] : [])],
        ...(volumes === undefined ? { gap: 'Untold' as const } : {}),
      };
    });
    return await diskUsage(await Promise.all(places), this.#options.clock, signal);
  }
}
