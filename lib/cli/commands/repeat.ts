import { type CliEnvironment, type ExitCode, print, usageError } from '../environment.ts';
import { exitOfOutcomes, type RunOutcome, rateLines } from '../flake-rate.ts';
import { countOption } from '../options.ts';

/** Nobody means more, and each is a file and a deploy. */
const MOST = 1000;

/** The value of `--repeat`. @throws CommandError (exit 2) for what is no count from 1 to 1000. */
export function repeatCount(text: string): number {
  const count = countOption('--repeat', text) ?? 0;
  if (count >= 1 && count <= MOST) return count;
  throw usageError(`--repeat ${text} is not from 1 to ${MOST}`);
}

/**
 * Runs the same thing again and again, one after the other, and says at what rate it passed: also of those that came to an
 * end where a person interrupts, or one of them cannot be followed.
 */
export async function repeat(
  environment: CliEnvironment,
  names: readonly string[],
  once: (name: string) => Promise<RunOutcome>,
): Promise<ExitCode> {
  const outcomes: RunOutcome[] = [];
  try {
    for (const name of names) outcomes.push(await once(name));
  } finally {
    for (const line of rateLines(outcomes)) print(environment, line);
  }
  return exitOfOutcomes(outcomes);
}
