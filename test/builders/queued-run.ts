import type { Queue } from '../../controllers/run/queue/admission.ts';
import type { QueuedRun } from '../../controllers/run/queue/queued-run.ts';
import { Slots } from '../../controllers/run/queue/slots.ts';
import type { Ground } from '../../controllers/run/queue/waits.ts';
import { RunActivity } from '../../lib/run-record/run-activity.ts';

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;
/** When runs of the queue are created, unless another time is given. */
export const CREATED_MS = Date.parse('2030-01-01T00:00:00.000Z');

/** A person's run that waits; nobody knows what it needs. */
export function queuedRun(name: string, overrides: Partial<QueuedRun> = {}): QueuedRun {
  return {
    ...{ uid: name, name, step: 'Pending', source: 'Person', needBytes: 0, grownBytes: 0 },
    ...{ createdMs: CREATED_MS, resting: false, tornDown: true },
    ...overrides,
  };
}

/** So many minutes after {@link CREATED_MS}. */
export function atMinute(minutes: number): number {
  return CREATED_MS + minutes * 60_000;
}

/** A host with room for everything. */
export function ground(overrides: Partial<Ground> = {}): Ground {
  return { diskIsLow: false, memoryFloorBytes: 512 * MIB, ...overrides };
}

/** So much memory is available, of 64 GiB in all unless another size is given. */
export function memoryOf(availableBytes: number, totalBytes = 64 * GIB): Pick<Ground, 'memory'> {
  return { memory: { availableBytes, totalBytes } };
}

/** A queue of two slots at the time when its runs are created. */
export function queueOf(overrides: Partial<Queue> = {}): Queue {
  return { maxRuns: 2, waiting: [], active: [], ground: ground(), nowMs: CREATED_MS, ...overrides };
}

/** Slots on a host with room for everything, at the time when runs are created. */
export function slotsOf(maxRuns: number, activity = new RunActivity(() => {})): Slots {
  return new Slots({ settings: { maxRuns }, activity, now: () => CREATED_MS });
}
