import type { ServicePeak, StageUsage } from '../api/generated/types.ts';
import { present } from '../api/objects.ts';
import type { ServiceUsage, TaskMemory, UsageGap, UsageKind } from '../platform/platform.ts';

/** What is known of one kind of usage: a figure, why there is none, or why it is not the whole. */
interface Figure {
  bytes?: number | undefined;
  gap?: UsageGap | undefined;
}

/** What the samples of a stage came to. */
export interface UsageSeen {
  /** Samples of memory that were answered. */
  samples: number;
  /** By service, in the order in which they were first seen. */
  services: ReadonlyMap<string, { memory: Figure; disk: Figure }>;
  /** Task → the kernel's mark of it at the last sample; outlives the stage. */
  marks: ReadonlyMap<string, number>;
  /** A sample failed as a whole. */
  failed: boolean;
}

/** Before the first sample of an attempt. */
export const NOTHING_SEEN: UsageSeen = { samples: 0, services: new Map(), marks: new Map(), failed: false };

/** The beginning of the next stage: no peaks, but the marks, so that a rise of before counts for nothing. Pure. */
export function forNextStage({ marks }: UsageSeen): UsageSeen {
  return { ...NOTHING_SEEN, marks };
}

/** Adds a sample; one with memory moves the marks. Pure. */
export function withSample(seen: UsageSeen, sample: readonly ServiceUsage[]): UsageSeen {
  const services = new Map(seen.services);
  for (const usage of sample) {
    const before = services.get(usage.service);
    const memory = { bytes: peakOf(usage, seen.marks), gap: usage.memoryGap };
    const disk = { bytes: usage.diskBytes, gap: usage.diskGap };
    services.set(usage.service, { memory: higher(before?.memory, memory), disk: higher(before?.disk, disk) });
  }
  const hasMemory = sample.some(({ memory, memoryGap }) => memory !== undefined || memoryGap !== undefined);
  return { ...seen, services, ...(hasMemory ? { samples: seen.samples + 1, marks: marksOf(sample) } : {}) };
}

/** Notes a sample that failed as a whole: what an earlier one found not running may have run by then. Pure. */
export function withFailure(seen: UsageSeen, kind: UsageKind): UsageSeen {
  const field = kind === 'Memory' ? 'memory' : 'disk';
  const services = new Map(seen.services);
  for (const [name, figures] of services) {
    if (figures[field].bytes !== undefined) continue;
    const unread = { ...figures };
    unread[field] = { gap: 'Unreadable' };
    services.set(name, unread);
  }
  return { ...seen, services, failed: true };
}

/**
 * As it goes into the result of the stage; undefined where there was nothing to measure. What no sample told, not even
 * why, was not answered: `Unreadable`. Pure.
 */
export function stageUsageOf({ samples, services, failed }: UsageSeen): StageUsage | undefined {
  if (services.size === 0) return failed ? { samples, services: [], gap: 'Unreadable' } : undefined;
  return { samples, services: [...services].map(([service, figures]) => servicePeak(service, figures)) };
}

function servicePeak(service: string, { memory, disk }: { memory: Figure; disk: Figure }): ServicePeak {
  const gapOf = ({ bytes, gap }: Figure): UsageGap | undefined =>
    gap ?? (bytes === undefined ? 'Unreadable' : undefined);
  const figures = {
    peakMemoryBytes: memory.bytes,
    memoryGap: gapOf(memory),
    diskBytes: disk.bytes,
    diskGap: gapOf(disk),
  };
  return { service, ...present(figures) };
}

/**
 * Where a mark rose since the last sample, or the task is new, the service took that much more for a moment. Of several
 * tasks only the highest rise counts: theirs were hardly at the same moment.
 */
function peakOf({ service, memory }: ServiceUsage, marks: ReadonlyMap<string, number>): number | undefined {
  if (memory === undefined) return undefined;
  const rises = memory.map(({ id, mark }) => {
    const isNew = mark !== undefined && mark.mostBytes > (marks.get(keyOf(service, id)) ?? 0);
    return isNew ? Math.max(0, mark.mostBytes - mark.nowBytes) : 0;
  });
  return memory.reduce((sum, { bytes }) => sum + bytes, Math.max(0, ...rises));
}

/** The higher figure with its gap; without any figure the last word. */
function higher(before: Figure | undefined, now: Figure): Figure {
  if (before?.bytes === undefined) return now.bytes === undefined && now.gap === undefined ? (before ?? now) : now;
  return now.bytes !== undefined && now.bytes >= before.bytes ? now : before;
}

function marksOf(sample: readonly ServiceUsage[]): ReadonlyMap<string, number> {
  const markOf = (service: string, { id, mark }: TaskMemory): [string, number][] =>
    mark === undefined ? [] : [[keyOf(service, id), mark.mostBytes]];
  return new Map(sample.flatMap(({ service, memory = [] }) => memory.flatMap((task) => markOf(service, task))));
}

function keyOf(service: string, id: string): string {
  return JSON.stringify([service, id]);
}
