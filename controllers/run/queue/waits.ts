import type { QueueReason } from '../../../lib/api/index.ts';
import type { MemoryRoom } from '../../../lib/exec/host-memory.ts';
import type { QueuedRun } from './queued-run.ts';

/** What the host has for runs, read anew for each look. */
export interface Ground {
  /** Less than `disk.floor` is free. */
  diskIsLow: boolean;
  /** Absent: the host does not tell. */
  memory?: MemoryRoom | undefined;
  memoryFloorBytes: number;
}

/** What is left of it for the next of the queue, once those before it have started. */
export interface Room extends Ground {
  /** Free slots. */
  slots: number;
  /** Runs that are active, or start now. */
  active: number;
  /** Memory above the floor that no active run is still to take. */
  spareBytes: number;
  /** An overdue run waits for memory: who comes after it takes none of that. */
  isKept: boolean;
}

interface Wait {
  /** Whether the run waits for it. */
  blocks(run: QueuedRun, room: Room): boolean;
  /** What comes next, for people. */
  next: string;
  /** Why it waits: no figures that change while it does. */
  because(run: QueuedRun, room: Room): string;
}

/** Everything a run may wait for before it starts; the first that holds is the reason. Another one is another row. */
export const WAITS: Readonly<Record<QueueReason, Wait>> = {
  DiskFloor: {
    blocks: (_, { diskIsLow }) => diskIsLow,
    next: 'start when the disk has room again',
    because: () => 'less than disk.floor is free on the disk of the state directory',
  },
  Slot: {
    blocks: (_, { slots }) => slots <= 0,
    next: 'start when a run slot is free',
    because: () => 'all run slots (maxRuns) are taken',
  },
  MemoryFloor: {
    blocks: lacksMemory,
    next: 'start when there is memory for it',
    because: memoryText,
  },
  // The last one: who waits for a lease has all else.
  Lease: {
    blocks: ({ lease }) => lease !== undefined,
    next: 'start when nobody else works on the known-good of the Canonical',
    because: ({ lease }) =>
      lease?.holder === undefined ? 'others wait for the known-good for longer' : `${lease.holder} has the known-good`,
  },
};

/** The reasons in the order in which they are asked. */
export const QUEUE_REASONS = Object.keys(WAITS) as QueueReason[];

/** Where no other run is active only the floor counts: what was measured once keeps no run from starting at all. */
function lacksMemory(
  { needBytes }: QueuedRun,
  { memory, memoryFloorBytes, active, spareBytes, isKept }: Room,
): boolean {
  if (memory === undefined) return false;
  if (active === 0) return memory.availableBytes < memoryFloorBytes;
  return isKept || spareBytes < needBytes;
}

function memoryText({ needBytes }: QueuedRun, { memory, memoryFloorBytes, active, isKept }: Room): string {
  const floor = `memory.floor (${sizeText(memoryFloorBytes)})`;
  if (memory === undefined || active === 0 || needBytes === 0) return `less memory is free than ${floor}`;
  const need = `the last run of the recipe took ${sizeText(needBytes)}`;
  if (needBytes + memoryFloorBytes > memory.totalBytes)
    return `${need}, which with ${floor} is more than the ${sizeText(memory.totalBytes)} here: it starts once no other run is active`;
  if (isKept) return `${need}, and an older run waits for memory`;
  return `${need}, and less than that is free above ${floor}`;
}

function sizeText(bytes: number): string {
  return bytes >= 10 * 2 ** 30 ? `${Math.round(bytes / 2 ** 30)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
