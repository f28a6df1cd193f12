import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostMemory } from '../exec/host-memory.ts';
import { namesIn } from '../fs/exists.ts';
import { type MetricSource, single } from './scrape.ts';

/** Read at each look: a reload may change them. */
export interface RoomLimits {
  stateDirectory: string;
  diskFloorBytes: number;
  memoryFloorBytes: number;
}

/** The disk of the state directory. */
export function diskSource(limits: Readonly<RoomLimits>): MetricSource {
  return {
    name: 'Disk',
    metrics: ['cc_ci_disk_size_bytes', 'cc_ci_disk_available_bytes', 'cc_ci_disk_floor_bytes'],
    read: async () => {
      const { blocks, bavail, bsize } = await statfs(limits.stateDirectory);
      return {
        cc_ci_disk_size_bytes: single(blocks * bsize),
        cc_ci_disk_available_bytes: single(bavail * bsize),
        cc_ci_disk_floor_bytes: single(limits.diskFloorBytes),
      };
    },
  };
}

/** Memory that new work may take; nothing where the host does not tell. */
export function memorySource(memory: HostMemory, limits: Readonly<RoomLimits>): MetricSource {
  return {
    name: 'Memory',
    metrics: ['cc_ci_memory_size_bytes', 'cc_ci_memory_available_bytes', 'cc_ci_memory_floor_bytes'],
    read: async () => {
      const room = await memory.read();
      return {
        cc_ci_memory_size_bytes: single(room?.totalBytes),
        cc_ci_memory_available_bytes: single(room?.availableBytes),
        cc_ci_memory_floor_bytes: single(limits.memoryFloorBytes),
      };
    },
  };
}

/** What this process takes, as the system counts it. */
export interface ProcessUsage {
  cpuSeconds: number;
  residentBytes: number;
  /** Seconds since the epoch. */
  startTime: number;
  /** Time in which the event loop did not wait, seconds. */
  activeSeconds: number;
}

/** The controller's own process. */
export function processSource(usage: () => ProcessUsage): MetricSource {
  return {
    name: 'Process',
    metrics: [
      ...(['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds'] as const),
      'cc_ci_event_loop_active_seconds_total',
    ],
    read: () => {
      const { cpuSeconds, residentBytes, startTime, activeSeconds } = usage();
      return {
        process_cpu_seconds_total: single(cpuSeconds),
        process_resident_memory_bytes: single(residentBytes),
        process_start_time_seconds: single(startTime),
        cc_ci_event_loop_active_seconds_total: single(activeSeconds),
      };
    },
  };
}

/** Alerts that wait for a sink: names in one directory, nothing of them is read. */
export function alertSource({ stateDirectory, sinks }: { stateDirectory: string; sinks: () => number }): MetricSource {
  return {
    name: 'Alerts',
    metrics: ['cc_ci_alerts_undelivered', 'cc_ci_alert_sinks'],
    read: async () => {
      const names = await namesIn(join(stateDirectory, 'alerts'));
      const waiting = names.filter((name) => name.endsWith('.json') && !name.startsWith('.'));
      return { cc_ci_alerts_undelivered: single(waiting.length), cc_ci_alert_sinks: single(sinks()) };
    },
  };
}
