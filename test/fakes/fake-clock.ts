import type { Clock, Timer } from '../../lib/clock.ts';

interface Pending {
  due: number;
  order: number;
  run: () => void;
}

/** A clock that stands still until {@link FakeClock.advance} moves it. Timers run in the order in which they are due. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** @param startMs wall clock at the start, milliseconds since the epoch. */
  constructor(startMs: number = Date.UTC(2030, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const pending = { due: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Moves both clocks by `ms`, running what falls due and letting promises settle after each timer and at the end. */
  async advance(ms: number): Promise<void> {
    const target = this.#monotonicMs + ms;
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#pending.delete(next);
      this.#moveTo(next.due);
      next.run();
      await settle();
    }
    this.#moveTo(target);
    await settle();
  }

  /** The wall clock jumps (T63); the monotonic one does not, and no timer fires. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Timers that are pending; 0 means that nothing leaked. */
  pendingTimers(): number {
    return this.#pending.size;
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #next(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.due > until) continue;
      if (!first || pending.due < first.due || (pending.due === first.due && pending.order < first.order)) {
        first = pending;
      }
    }
    return first;
  }
}

/** Lets every promise that can settle without time or I/O do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
