import type { Clock } from '../../../clock.ts';
import { CcError } from '../../../errors.ts';

export interface DeadlineOptions {
  clock: Clock;
  /** Absent: only the deadline ends it. */
  signal?: AbortSignal | undefined;
  deadlineMs: number;
  /** What passes when the deadline has. */
  late: () => CcError;
}

/**
 * Runs `work` with a signal that trips on abort and at the deadline, and settles at once then, even where `work` does
 * not listen. @throws CcError `Aborted`; `late()` past the deadline; what `work` throws.
 */
export async function withDeadline<T>(options: DeadlineOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, signal, deadlineMs, late } = options;
  const controller = new AbortController();
  const stop = Promise.withResolvers<never>();
  const end = (error: CcError): void => {
    stop.reject(error);
    controller.abort(error);
  };
  const onAbort = (): void => end(new CcError('Aborted', 'a call to the Docker engine was interrupted'));
  const timer = clock.after(deadlineMs, () => end(late()));
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted) return await stop.promise;
    return await Promise.race([stop.promise, work(controller.signal)]);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}
