/** As Go writes a time that nobody set. */
export const NEVER = '0001-01-01T00:00:00Z';
export const EPOCH = '1970-01-01T00:00:00Z';

/** RFC 3339 in whole seconds. */
export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function maybeTime(ms: number | undefined): string | null {
  return ms === undefined ? null : time(ms);
}
