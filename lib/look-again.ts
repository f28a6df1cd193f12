/** Before the second look at something that is expected soon, milliseconds. */
const FIRST_MS = 50;

/**
 * Milliseconds before the next look after so many looks in a row that found nothing: 50, 100, 200 … up to the longest.
 * Pure.
 * @param looks 1 after the first.
 */
export function lookAgainMs(looks: number, longestMs: number): number {
  return Math.min(longestMs, FIRST_MS * 2 ** Math.max(0, looks - 1));
}

/**
 * The same where nobody counts the looks, only the time is known since the first: the pauses double as well, for each
 * is as long as all the time before. Pure.
 */
export function lookAgainAfterMs(waitedMs: number, longestMs: number): number {
  return Math.min(longestMs, FIRST_MS + Math.max(0, Math.round(waitedMs)));
}
