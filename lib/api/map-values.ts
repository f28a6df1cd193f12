import { isRecord } from './is-record.ts';

/** A map with the same keys and other values. Pure. */
export function mapValues<V, W>(
  map: Readonly<Record<string, V>>,
  change: (value: V, key: string) => W,
): Record<string, W> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}

/** The value with all in it changed that is neither map nor list. Pure. */
export function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  return isRecord(value) ? mapValues(value, (item) => mapLeaves(item, change)) : change(value);
}
