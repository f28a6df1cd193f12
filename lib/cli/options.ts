import { tryParseDuration } from '../api/duration.ts';
import { usageError } from './environment.ts';

/** Milliseconds of `--timeout`. @throws CommandError (exit 2) for what is no duration. */
export function timeoutMs(text: string): number {
  return durationMs('--timeout', text);
}

/** Milliseconds of an option such as `--since`. @throws CommandError (exit 2) for what is no duration. */
export function durationMs(flag: string, text: string): number {
  const ms = tryParseDuration(text);
  if (ms !== undefined) return ms;
  throw usageError(`${flag} ${JSON.stringify(text)} is not a duration`, 'Write 90s, 10m or 1h.');
}

/**
 * The map that repeated `key=value` options give; the last wins.
 * @throws CommandError (exit 2) for one without `=` or without a key.
 */
export function keyValues(flag: string, entries: readonly string[]): Record<string, string> {
  const wrong = entries.find((entry) => entry.indexOf('=') <= 0);
  if (wrong !== undefined) throw usageError(`${flag} ${JSON.stringify(wrong)} is not KEY=VALUE`);
  return Object.fromEntries(entries.map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]));
}

/**
 * A count such as that of `--tail`; undefined where the option was not given.
 * @throws CommandError (exit 2) for what is no whole number.
 */
export function countOption(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError(`${flag} ${JSON.stringify(text)} is not a whole number`);
}
