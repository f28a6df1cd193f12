import { tryParseDuration } from '../api/duration.ts';
import { usageError } from './environment.ts';

/** Milliseconds of `--timeout`. @throws CommandError (exit 2) for what is no duration. */
export function timeoutMs(text: string): number {
  return tryParseDuration(text) ?? badTimeout(text);
}

function badTimeout(text: string): never {
  throw usageError(`--timeout ${JSON.stringify(text)} is not a duration`, 'Write 90s, 10m or 1h.');
}

/**
 * The map that repeated `key=value` options give; the last wins.
 * @throws CommandError (exit 2) for one without `=` or without a key.
 */
export function keyValues(flag: string, entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => keyValue(flag, entry)));
}

function keyValue(flag: string, entry: string): [string, string] {
  const at = entry.indexOf('=');
  if (at <= 0) throw usageError(`${flag} ${JSON.stringify(entry)} is not KEY=VALUE`);
  return [entry.slice(0, at), entry.slice(at + 1)];
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
