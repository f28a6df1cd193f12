/** Tests that are too long for one night are tried in slices, another one each night. */

const DAY_MS = 86_400_000;

/** The slice of tonight, `i/n`, where all nights take `count`; `FAULT_SLICE` names another one (`1/1`: everything). */
export function tonightsSlice(count: number, nowMs: number = Date.now()): string {
  return process.env.FAULT_SLICE || `${(Math.floor(nowMs / DAY_MS) % count) + 1}/${count}`;
}

/** Every n-th of them, from the i-th on. Throws where `slice` is not `i/n`. */
export function sliceOf<T>(all: readonly T[], slice: string): T[] {
  const [, index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(slice) ?? []).map(Number);
  if (!(index >= 1 && index <= count)) throw new Error(`slice ${slice} is not i/n with 1 ≤ i ≤ n`);
  return all.filter((_, at) => at % count === index - 1);
}
