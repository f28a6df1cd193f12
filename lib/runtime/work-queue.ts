import PQueue from 'p-queue';
import type { Clock, Timer } from '../clock.ts';
import type { Priority } from './reconciler.ts';

/** What waits in a queue. */
export interface Waiting {
  /** Keys that wait; those under work, and those whose look is delayed, do not. */
  depth: number;
  /** How long the one that came first has waited, milliseconds; 0 where none waits. */
  oldestMs: number;
  /** How long ago a key was taken last, milliseconds; absent: none was. */
  takenAgoMs?: number;
}

/** Handed to the work on one key. */
export interface QueueTurn {
  /** Gives the place in the pool to another key; this key stays under work. Idempotent. */
  leavePool(): void;
}

export interface WorkQueueOptions {
  /** How many keys hold a place in the pool at once. */
  concurrency: number;
  clock: Clock;
  /** The work on one key. What it throws is dropped: it reports its own faults. */
  work: (id: string, turn: QueueTurn) => Promise<void>;
  /** Called when a key that is under work was added again. */
  onAgain?: (id: string) => void;
}

const RANK: Readonly<Record<Priority, number>> = { Person: 2, Change: 1, Resync: 0 };

/**
 * Keys to look at. A key is never under work twice at once; one that is added while under work is looked at again
 * afterwards, however often it was added; no add is lost. Waiting keys go by priority, then by age.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #pool: PQueue;
  readonly #delayed: DelayedAdds;
  readonly #dirty = new Map<string, Priority>();
  readonly #processing = new Set<string>();
  /** Since when each key waits that is not under work, monotonic milliseconds; in the order in which they came. */
  readonly #since = new Map<string, number>();
  #takenMs: number | undefined;
  #idleWaiters: (() => void)[] = [];
  #open = true;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#pool = new PQueue({ concurrency: options.concurrency });
    this.#delayed = new DelayedAdds(options.clock, (id, priority) => this.add(id, priority));
  }

  /** Marks the key as to be looked at. Idempotent while it waits, but for a higher priority, which counts. */
  add(id: string, priority: Priority = 'Change'): void {
    if (!this.#open) return;
    const waiting = this.#dirty.get(id);
    const counts = waiting === undefined || RANK[priority] > RANK[waiting];
    if (counts) this.#dirty.set(id, priority);
    if (this.#processing.has(id)) this.#options.onAgain?.(id);
    else if (waiting === undefined) this.#offer(id);
    else if (counts) this.#pool.setPriority(id, RANK[priority]);
  }

  /** Adds the key after `delayMs`; of several delayed adds the earliest wins and the next look takes it away. */
  addAfter(id: string, delayMs: number, priority: Priority = 'Change'): void {
    if (!this.#open) return;
    if (delayMs <= 0) this.add(id, priority);
    else this.#delayed.schedule(id, delayMs, priority);
  }

  /** Takes no more keys, forgets those that wait and every delayed add. Keys under work go on. */
  close(): void {
    this.#open = false;
    this.#delayed.cancelAll();
    this.#dirty.clear();
    this.#since.clear();
    this.#pool.clear();
    this.#settle();
  }

  /** What waits now. */
  waiting(): Waiting {
    const nowMs = this.#options.clock.monotonicMs();
    const [firstMs = nowMs] = this.#since.values();
    const taken = this.#takenMs === undefined ? {} : { takenAgoMs: nowMs - this.#takenMs };
    return { depth: this.#since.size, oldestMs: nowMs - firstMs, ...taken };
  }

  /** The keys under work. */
  underWork(): string[] {
    return [...this.#processing];
  }

  isIdle(): boolean {
    return this.#dirty.size === 0 && this.#processing.size === 0;
  }

  /** Resolves once nothing waits and nothing is under work; delayed adds do not count. */
  idle(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #offer(id: string): void {
    this.#since.set(id, this.#options.clock.monotonicMs());
    const priority = RANK[this.#dirty.get(id) ?? 'Change'];
    this.#pool.add(() => this.#take(id), { id, priority }).catch(() => undefined);
  }

  /** Resolves when the place in the pool is free again: at the end of the work, or when it left the pool. */
  #take(id: string): Promise<void> {
    if (!this.#dirty.delete(id)) return Promise.resolve();
    this.#processing.add(id);
    this.#since.delete(id);
    this.#takenMs = this.#options.clock.monotonicMs();
    this.#delayed.cancel(id);
    return new Promise((leavePool) => {
      void this.#work(id, { leavePool }).then(leavePool);
    });
  }

  async #work(id: string, turn: QueueTurn): Promise<void> {
    try {
      await this.#options.work(id, turn);
    } catch {
      // By contract the work reports its own faults; a key must come free whatever happens.
    }
    this.#processing.delete(id);
    if (this.#dirty.has(id)) this.#offer(id);
    this.#settle();
  }

  #settle(): void {
    if (!this.isIdle()) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

interface Delayed {
  timer: Timer;
  /** Monotonic milliseconds. */
  due: number;
}

/** At most one pending wake-up per key, by the monotonic clock. */
export class DelayedAdds {
  readonly #clock: Clock;
  readonly #fire: (id: string, priority: Priority) => void;
  readonly #pending = new Map<string, Delayed>();

  constructor(clock: Clock, fire: (id: string, priority: Priority) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Wakes `id` after `delayMs`, unless an earlier wake-up is pending already. */
  schedule(id: string, delayMs: number, priority: Priority): void {
    const due = this.#clock.monotonicMs() + delayMs;
    const pending = this.#pending.get(id);
    if (pending && pending.due <= due) return;
    pending?.timer.cancel();
    const timer = this.#clock.after(delayMs, () => {
      this.#pending.delete(id);
      this.#fire(id, priority);
    });
    this.#pending.set(id, { timer, due });
  }

  /** Forgets the pending wake-up of `id`; none is success. */
  cancel(id: string): void {
    this.#pending.get(id)?.timer.cancel();
    this.#pending.delete(id);
  }

  cancelAll(): void {
    for (const id of [...this.#pending.keys()]) this.cancel(id);
  }
}
