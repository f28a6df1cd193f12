const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;

/** Milliseconds of a duration as Go and compose files write it (`1m30s`, `500ms`, `0`); undefined where it is none. */
export function parseGoDuration(signed: string): number | undefined {
  const text = signed.replace(/^\+/, '');
  if (text === '0') return 0;
  let length = 0;
  let total = 0;
  for (const [all, amount, unit] of text.matchAll(PART)) {
    length += all.length;
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return length === text.length && length > 0 ? Math.round(total) : undefined;
}
