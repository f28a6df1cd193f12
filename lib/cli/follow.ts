import { CcError } from '../errors.ts';
import { type CliEnvironment, CommandError, EXIT } from './environment.ts';

/** Between two looks at the state directory. */
const POLL_MS = 250;

export interface PollOptions {
  /** Milliseconds; undefined: for ever. */
  timeoutMs?: number | undefined;
  /** Between two looks; default {@link POLL_MS}. */
  intervalMs?: number;
  /** What was waited for, for the error of one that has a time. */
  what?: () => string;
}

/**
 * Looks again and again until a look gives a value; the first is at once, the last at the deadline.
 * @throws CommandError exit 4 when the time is over, exit 130 when the person interrupts.
 */
export async function pollUntil<T>(
  environment: CliEnvironment,
  look: () => Promise<T | undefined>,
  options: PollOptions = {},
): Promise<T> {
  const { clock, signal } = environment;
  const deadline = options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + options.timeoutMs;
  for (;;) {
    const result = await look();
    if (result !== undefined) return result;
    const leftMs = deadline - clock.monotonicMs();
    if (leftMs <= 0) throw new CommandError(EXIT.Timeout, `timed out: ${options.what?.()}`);
    await clock.sleep(Math.min(options.intervalMs ?? POLL_MS, leftMs), signal).catch((cause: unknown) => {
      throw new CcError('Aborted', 'interrupted', { cause });
    });
    signal.throwIfAborted();
  }
}
