import type { Clock } from './clock.ts';
import { CcError, hasCode } from './errors.ts';

export interface DeadlineOptions {
  clock: Clock;
  /** Absent: only the deadline ends it. */
  signal?: AbortSignal | undefined;
  deadlineMs: number;
  /** What passes when the deadline has. */
  late: () => CcError;
}

type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs `work` with a signal that trips on abort and at the deadline, and settles when `work` has: nothing of it goes on
 * behind the back of the caller. @throws CcError `late()` where the deadline ended it, unless `work` then says
 * `Unreachable`: who waited for something outside knows better; else what `work` throws.
 */
export async function withinDeadline<T>(options: DeadlineOptions, work: Work<T>): Promise<T> {
  const { clock, signal, deadlineMs, late } = options;
  const over = new AbortController();
  const timer = clock.after(deadlineMs, () => over.abort(late()));
  try {
    return await work(AbortSignal.any([over.signal, ...(signal ? [signal] : [])]));
  } catch (error) {
    if (over.signal.aborted && !signal?.aborted && !hasCode(error, 'Unreachable')) throw over.signal.reason;
    throw error;
  } finally {
    timer.cancel();
  }
}

/**
 * As {@link withinDeadline}, but settles at once on abort and at the deadline, even where `work` does not listen.
 * @throws CcError `Aborted` besides.
 */
export function cutAtDeadline<T>(options: DeadlineOptions, work: Work<T>): Promise<T> {
  return withinDeadline(options, (signal) => {
    const cut = new Promise<never>((_, reject) => {
      const end = (): void => reject(new CcError('Aborted', 'a call was interrupted'));
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
    return signal.aborted ? cut : Promise.race([cut, work(signal)]);
  });
}

/** What is over, with what was waited for last, a probe for instance. Pure. */
export function overMessage(over: string, waitedFor: string | undefined): string {
  return waitedFor === undefined ? over : `${over}; it waited for ${waitedFor}`;
}
