import type { IncomingHttpHeaders } from 'node:http';

/** Nobody is believed to want longer, milliseconds. */
const LONGEST_MS = 24 * 3_600_000;

/**
 * How long the server wants not to be asked, milliseconds, at most a day; undefined: it does not say. A date is taken by
 * the server's own clock where it tells its time (RFC 9110, section 10.2.3). Pure.
 */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const wanted = headers['retry-after']?.trim() ?? '';
  const waitMs = /^\d+$/.test(wanted) ? Number(wanted) * 1000 : Date.parse(wanted) - (dateOf(headers) ?? nowMs);
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), LONGEST_MS);
}

/** The server's clock, milliseconds since the epoch; undefined where it does not tell it. Pure. */
export function dateOf({ date }: IncomingHttpHeaders): number | undefined {
  const ms = Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
