import { basename } from 'node:path';

/** Prefix of the temp files that durable writes leave behind when the process is killed. */
export const TEMP_PREFIX = '.tmp-';

/**
 * A name for a new file beside `path` that nobody has: who creates it asks for that (`wx`). Not by node:crypto, whose
 * loading is an eighth of what it takes to start a supervisor.
 */
export function tempName(path: string): string {
  const word = Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
  return `${TEMP_PREFIX}${basename(path).slice(0, 100)}-${word}`;
}
