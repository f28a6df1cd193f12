import type { Clock } from '../clock.ts';

/** Told of each piece that was read; the reader goes on once it resolves. */
export type Pace = (bytes: number) => Promise<void>;

/** How far a reader may be ahead, milliseconds: shorter waits would only cost. */
const AHEAD_MS = 250;

export interface PaceOptions {
  bytesPerSecond: number;
  clock: Clock;
  signal: AbortSignal;
}

/** Holds a reader to so many bytes a second. @returns what rejects with the signal's reason once it is tripped. */
export function paceOf({ bytesPerSecond, clock, signal }: PaceOptions): Pace {
  const startedMs = clock.monotonicMs();
  let read = 0;
  return async (bytes) => {
    read += bytes;
    const aheadMs = (read / bytesPerSecond) * 1000 - (clock.monotonicMs() - startedMs);
    if (aheadMs > AHEAD_MS) await clock.sleep(aheadMs, signal);
  };
}
