/** Milliseconds of d, h, m, s and ms. */
const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1];

/** The form of the schemas' `Duration`: whole numbers with units, the largest unit first. */
const DURATION = /^(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/** Milliseconds of `90s`, `10m`, `1h30m`, `7d`; undefined where the text is not a duration. */
export function tryParseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  return UNITS_MS.reduce((sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** Milliseconds of a duration that validation has let through. @throws RangeError where the text is not a duration. */
export function parseDuration(text: string): number {
  const durationMs = tryParseDuration(text);
  if (durationMs === undefined) throw new RangeError(`'${text}' is not a duration such as 90s, 10m or 7d`);
  return durationMs;
}
