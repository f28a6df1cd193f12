import type { HostMemory } from '../../exec/host-memory.ts';
import { type Finding, ok, type Probe, unclear, wrong } from '../../platform/probe.ts';

export interface MemoryProbesOptions {
  memory: HostMemory;
  /** Available bytes below which no run starts. */
  floorBytes: number;
}

/** Whether a run would find memory, as the controller counts it when one is to start. */
export function memoryProbes(options: MemoryProbesOptions): Probe[] {
  return [{ area: 'Host', name: 'free memory', look: async () => await freeMemory(options) }];
}

async function freeMemory({ memory, floorBytes }: MemoryProbesOptions): Promise<Finding> {
  const room = await memory.read();
  if (room === undefined)
    return unclear('/proc/meminfo does not say what is available', 'Without that, memory.floor keeps no run back.');
  const [free, total, floor] = [room.availableBytes, room.totalBytes, floorBytes].map(sizeText);
  if (room.availableBytes >= floorBytes) return ok(`${free} of ${total} available`);
  return wrong(
    `${free} of ${total} available, less than memory.floor (${floor})`,
    'Free memory or raise the limit of the cgroup, or lower memory.floor.',
  );
}

function sizeText(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
