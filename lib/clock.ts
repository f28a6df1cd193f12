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

/**
 * The delay until the whole second that is nearest to `delayMs` from now: what wakes a process at rest now and then does so
 * together, for a wake costs more than most of what is looked at in it. For looks that may come half a second early or late;
 * `delayMs` is a second at least. Pure.
 */
export function toWholeSecond(nowMs: number, delayMs: number): number {
  return Math.round((nowMs + delayMs) / 1_000) * 1_000 - nowMs;
}

/**
 * Does something time and again, `pauseMs` after it was done last, at the nearest whole second of a longer pause, until it is
 * cancelled. `work` must not fail.
 */
export function repeat(clock: Clock, pauseMs: number, work: () => Promise<void>): Timer {
  let timer: Timer | undefined;
  let over = false;
  const next = (): void => {
    if (over) return;
    const delayMs = pauseMs < 1_000 ? pauseMs : toWholeSecond(clock.monotonicMs(), pauseMs);
    timer = clock.after(delayMs, () => void work().then(next));
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
