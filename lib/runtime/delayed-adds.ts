import type { Clock, Timer } from '../clock.ts';
import type { Priority } from './reconciler.ts';

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
