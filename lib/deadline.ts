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
  const controller = new AbortController();
  let over: CcError | undefined;
  const onAbort = (): void => controller.abort(signal?.reason);
  const timer = clock.after(deadlineMs, () => {
    over = late();
    controller.abort(over);
  });
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(controller.signal);
  } catch (error) {
    if (over !== undefined && !signal?.aborted && !hasCode(error, 'Unreachable')) throw over;
    throw error;
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
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
