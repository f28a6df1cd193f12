import type { Time } from '../../columns/row.ts';

const UNITS = [
  { unit: 'd', size: 86_400 },
  { unit: 'h', size: 3600 },
  { unit: 'm', size: 60 },
  { unit: 's', size: 1 },
] as const;

/** A span for people, at most two units, the second only where the first is small: `7s`, `3m12s`, `5h`, `12d`. */
export function shortSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  // A plain loop without destructuring: a list asks thousands of times, in code that V8 has not compiled yet.
  for (let index = 0; index < UNITS.length; index += 1) {
    const of = UNITS[index];
    if (of && seconds >= of.size) return spanOf(seconds, of, UNITS[index + 1]);
  }
  return '0s';
}

type Unit = (typeof UNITS)[number];

function spanOf(seconds: number, { unit, size }: Unit, next: Unit | undefined): string {
  const count = Math.floor(seconds / size);
  const rest = next && count < 10 ? Math.floor((seconds % size) / next.size) : 0;
  return next && rest > 0 ? `${count}${unit}${rest}${next.unit}` : `${count}${unit}`;
}

/** A span with tenths below ten seconds, for what takes about that long: `0.4s`, `12s`. */
export function exactSpan(ms: number): string {
  return ms < 9950 ? `${(Math.max(0, ms) / 1000).toFixed(1)}s` : shortSpan(ms);
}

/** How long ago `time` (RFC 3339) was; `<unknown>` for what is no time. A time to come counts as now. */
export function age(time: string | undefined, nowMs: number): string {
  const then = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(then) ? '<unknown>' : shortSpan(nowMs - then);
}

/** `in 5m`, `2m ago` or `now`, seen from `nowMs`; a text that is no time as it is. */
export function relative(time: Time, nowMs: number): string {
  const then = typeof time === 'number' ? time : Date.parse(time);
  if (Number.isNaN(then)) return String(time);
  if (Math.abs(then - nowMs) < 1000) return 'now';
  return then > nowMs ? `in ${shortSpan(then - nowMs)}` : `${shortSpan(nowMs - then)} ago`;
}

/** Bytes for people: `512 B`, `1.5 MiB`. */
export function byteSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
