import { type Clock, systemClock } from '../clock.ts';
import { withinDeadline } from '../deadline.ts';
import { CcError } from '../errors.ts';
import { type Asked, unreachable } from './faults.ts';

export interface Bounds {
  asked: Asked;
  signal: AbortSignal;
  deadlineMs: number;
  clock?: Clock;
}

/** Runs one call to a provider. @throws CcError `Aborted`; `Unreachable` at the deadline; else what `work` throws. */
export async function bounded<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { asked, signal, deadlineMs, clock = systemClock } = bounds;
  const late = (): CcError => unreachable(asked, `no answer within ${deadlineMs} ms`);
  try {
    if (signal.aborted) throw signal.reason;
    return await withinDeadline({ clock, signal, deadlineMs, late }, work);
  } catch (error) {
    throw signal.aborted ? new CcError('Aborted', `${asked}: interrupted`) : error;
  }
}
