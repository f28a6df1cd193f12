import type { ServiceLaunch } from '../record.ts';
import type { ServiceExit } from './supervisor-record.ts';

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** A start that lasted so long, milliseconds, begins the waits anew. */
const STEADY_AFTER_MS = 60_000;

/**
 * Milliseconds until the next start: 0.5, 1, 2 s … 10 s, and after an end that was none of a failure at least what the
 * recipe asks for; undefined when the policy allows none.
 * @param exits of this spec, newest first; the first is the one to decide on.
 */
export function restartDelay(
  launch: Pick<ServiceLaunch, 'restart' | 'maxAttempts' | 'restartDelayMs'>,
  exits: readonly ServiceExit[],
): number | undefined {
  const last = exits[0];
  if (!last || launch.restart === 'Never') return undefined;
  if (launch.restart === 'OnFailure' && last.exitCode === 0) return undefined;
  if (launch.maxAttempts !== undefined && launch.maxAttempts > 0 && exits.length > launch.maxAttempts) return undefined;
  const steady = exits.findIndex((exit) => exit.endedAt - exit.startedAt >= STEADY_AFTER_MS);
  const quickEnds = steady === -1 ? exits.length : Math.max(1, steady);
  const backOffMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (quickEnds - 1));
  return last.exitCode === 0 ? Math.max(backOffMs, launch.restartDelayMs ?? 0) : backOffMs;
}
