/** After the first failure, milliseconds; doubled with each further one, up to the bound. */
const FIRST_MS = 1000;
const MOST_MS = 300_000;
/** Part of the delay that is drawn by chance, so that objects that failed together do not come back together. */
const JITTER = 0.2;

/**
 * Milliseconds until the next try. Pure: randomness is handed in.
 * @param failures failures in a row, 1 for the first.
 * @param random 0 ≤ random < 1; 0 gives the shortest delay.
 */
export function backOffMs(failures: number, random: number): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 52);
  const full = Math.min(FIRST_MS * 2 ** exponent, MOST_MS);
  return Math.round(full * (1 - JITTER + JITTER * random));
}
