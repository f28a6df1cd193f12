import type { TrendEntry } from './model.ts';

/** So many ended runs of each recipe are remembered. */
export const TREND_LENGTH = 30;

/** By recipe, the oldest run first. */
export type Trends = Readonly<Record<string, readonly TrendEntry[]>>;

/**
 * The trend with an ended run in it: by the time of its end, once whatever comes, at most {@link TREND_LENGTH}. The same
 * list where nothing changed. Pure.
 */
export function withEntry(trend: readonly TrendEntry[], entry: TrendEntry): readonly TrendEntry[] {
  const before = trend.find(({ uid }) => uid === entry.uid);
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(entry)) return trend;
  const [oldest] = trend;
  const isTooOld =
    before === undefined && trend.length >= TREND_LENGTH && oldest !== undefined && entry.time < oldest.time;
  if (isTooOld) return trend;
  const others = trend.filter(({ uid }) => uid !== entry.uid);
  const sorted = [...others, entry].sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  return sorted.slice(-TREND_LENGTH);
}

/** The run that speaks for the recipe: the newest with a verdict among those that count; undefined: there is none. Pure. */
export function speakingRun(trend: readonly TrendEntry[]): TrendEntry | undefined {
  return trend.findLast(({ counts, verdict }) => counts && verdict !== undefined);
}
