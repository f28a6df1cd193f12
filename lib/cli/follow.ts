import type { ObjectKey } from '../api/kinds.ts';
import { CcError } from '../errors.ts';
import { statePaths } from '../store/state-paths.ts';
import { ChangeWatch } from './change-watch.ts';
import { type CliEnvironment, CommandError, EXIT } from './environment.ts';

/** Between two looks at what tells of no changes, milliseconds. */
const POLL_MS = 250;
/** The same where changes are told: an event may be lost. */
const WATCHED_POLL_MS = 1_000;
/** Between a change and the look at it, milliseconds: a change is several events. */
const SETTLE_MS = 10;

export interface PollOptions {
  /** Milliseconds; undefined: for ever. */
  timeoutMs?: number | undefined;
  /** Absolute directories: a change in one of them is looked at, at once. Default: none. */
  follow?: readonly string[];
  /** The longest between two looks; default {@link POLL_MS}, {@link WATCHED_POLL_MS} where changes are told. */
  intervalMs?: number;
  /** What was waited for, for the error of one that has a time. */
  what?: () => string;
}

/** The directories in which a change of one of these objects shows, one that is not there yet included. Pure. */
export function placesOf(stateDirectory: string, keys: readonly ObjectKey[]): string[] {
  const paths = statePaths(stateDirectory);
  return [...new Set(keys.flatMap((key) => [paths.kindDirectory(key.kind), paths.objectDirectory(key)]))];
}

/**
 * Looks again at every change, and now and then, until a look gives a value; the first is at once, the last at the
 * deadline.
 * @throws CommandError exit 4 when the time is over, exit 130 when the person interrupts.
 */
export async function pollUntil<T>(
  environment: CliEnvironment,
  look: () => Promise<T | undefined>,
  options: PollOptions = {},
): Promise<T> {
  const { clock, signal } = environment;
  const deadline = options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + options.timeoutMs;
  const changes = new ChangeWatch(options.follow ?? []);
  try {
    for (;;) {
      changes.open();
      const result = await look();
      if (result !== undefined) return result;
      const leftMs = deadline - clock.monotonicMs();
      if (leftMs <= 0) throw new CommandError(EXIT.Timeout, `timed out: ${options.what?.()}`);
      await changeOrTime(environment, changes, Math.min(intervalOf(options, changes), leftMs));
      signal.throwIfAborted();
    }
  } finally {
    changes.close();
  }
}

function intervalOf({ intervalMs, follow }: PollOptions, changes: ChangeWatch): number {
  return intervalMs ?? (follow !== undefined && changes.isComplete() ? WATCHED_POLL_MS : POLL_MS);
}

async function changeOrTime({ clock, signal }: CliEnvironment, changes: ChangeWatch, ms: number): Promise<void> {
  const over = new AbortController();
  const sleeping = clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch((cause: unknown) => {
    if (!over.signal.aborted) throw new CcError('Aborted', 'interrupted', { cause });
  });
  const changed = changes.changed().then(() => clock.sleep(Math.min(ms, SETTLE_MS), signal).catch(() => {}));
  await Promise.race([sleeping, changed]).finally(() => over.abort());
}
