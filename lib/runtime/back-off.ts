/** How long to wait after failures in a row. Pure: randomness is handed in. */
export interface BackOff {
  /** Milliseconds after the first failure. */
  firstMs: number;
  /** Upper bound, milliseconds. */
  maxMs: number;
  /** Part of the delay that is drawn by chance, 0 … 1, so that objects that failed together do not come back together. */
  jitter: number;
}

/** One second, doubled up to five minutes; a fifth of it by chance. */
export const DEFAULT_BACK_OFF: BackOff = { firstMs: 1000, maxMs: 300_000, jitter: 0.2 };

/**
 * Milliseconds until the next try.
 * @param failures failures in a row, 1 for the first.
 * @param random 0 ≤ random < 1; 0 gives the shortest delay.
 */
export function backOffMs(failures: number, random: number, settings: BackOff = DEFAULT_BACK_OFF): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 52);
  const full = Math.min(settings.firstMs * 2 ** exponent, settings.maxMs);
  return Math.round(full * (1 - settings.jitter + settings.jitter * random));
}
