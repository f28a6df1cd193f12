import type { QueueReason } from '../../../lib/api/index.ts';
import { isOverdue } from './order.ts';
import { holdsSlot, type QueuedRun } from './queued-run.ts';
import { type Ground, QUEUE_REASONS, type Room, WAITS } from './waits.ts';

/** Where a run stands in the queue. */
export interface QueuePlace {
  /** 0: may start now. */
  position: number;
  /** What it waits for, where it does. */
  reason: QueueReason;
  /** Why, for people; absent where it does not wait. */
  because?: string;
  /** Who holds what it waits for, where somebody does. */
  holder?: string;
}

/** All that is known when it is asked who may start. */
export interface Queue {
  maxRuns: number;
  /** In the order in which they are to start. */
  waiting: readonly QueuedRun[];
  /** Those that hold a slot. */
  active: readonly QueuedRun[];
  ground: Ground;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

const MAY_START: QueuePlace = { position: 0, reason: 'Slot' };

/**
 * The place of a run that waits; of any other 0. Who waits for something holds up nobody behind it, but for an overdue
 * run that waits for memory: else small ones would pass it for ever. Pure.
 */
export function placeOf(uid: string, queue: Queue): QueuePlace {
  const room = roomOf(queue);
  let ahead = 0;
  for (const run of queue.waiting) {
    const reason = QUEUE_REASONS.find((one) => WAITS[one].blocks(run, room));
    if (run.uid === uid) return reason ? waitingPlace(run, { reason, room, ahead }) : MAY_START;
    if (reason === undefined) occupy(room, run);
    else ahead += 1;
    if (reason === 'MemoryFloor' && isOverdue(run, queue.nowMs)) room.isKept = true;
  }
  return MAY_START;
}

function waitingPlace(
  run: QueuedRun,
  { reason, room, ahead }: { reason: QueueReason; room: Room; ahead: number },
): QueuePlace {
  const because = WAITS[reason].because(run, room);
  if (reason !== 'Lease' || run.lease === undefined) return { position: ahead + 1, reason, because };
  const { position, holder } = run.lease;
  return { position, reason, because, ...(holder === undefined ? {} : { holder }) };
}

function roomOf({ maxRuns, active, ground }: Queue): Room {
  const { memory, memoryFloorBytes } = ground;
  const taken = active.reduce((sum, run) => sum + outstandingBytes(run), memoryFloorBytes);
  const spareBytes = (memory?.availableBytes ?? 0) - taken;
  return { ...ground, slots: maxRuns - active.length, active: active.length, spareBytes, isKept: false };
}

/** What a run that starts leaves to the next. */
function occupy(room: Room, { needBytes }: QueuedRun): void {
  room.slots -= 1;
  room.active += 1;
  room.spareBytes -= needBytes;
}

/** What an active run is still to take of the memory that is free now: a promotion deploys once more. */
function outstandingBytes(run: QueuedRun): number {
  if (!holdsSlot(run) || run.step === 'TearingDown') return 0;
  return run.step === 'Promoting' ? run.needBytes : Math.max(0, run.needBytes - run.grownBytes);
}
