import { setTimeout as setTimeoutAsync } from 'node:timers/promises';

/** A timer that was started by a {@link Clock}. */
export interface Timer {
  cancel(): void;
}

/** The only source of time. Everything that waits or dates takes one through its constructor. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump: never used alone to decide a destruction. */
  now(): number;
  /** Monotonic milliseconds since an arbitrary start; does not jump. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`; the timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
  /** Resolves after `delayMs`, or rejects with the signal's reason as soon as it is aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, Math.min(delayMs, 2 ** 31 - 1));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  async sleep(delayMs, signal) {
    await setTimeoutAsync(delayMs, undefined, signal && { signal }).catch(() => {
      throw signal?.reason;
    });
  },
};

/** Does something time and again, `pauseMs` after it was done last, until it is cancelled. `work` must not fail. */
export function repeat(clock: Clock, pauseMs: number, work: () => Promise<void>): Timer {
  let timer: Timer | undefined;
  let over = false;
  const next = (): void => {
    if (!over) timer = clock.after(pauseMs, () => void work().then(next));
  };
  next();
  return {
    cancel() {
      over = true;
      timer?.cancel();
    },
  };
}

/** Milliseconds since the epoch as RFC 3339 in UTC with milliseconds, the form of every `…Time` field. */
export function toTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
