import { isRecord } from '../api/objects.ts';

/** A field that is not the same on both sides; a side without it is undefined. */
export interface Difference {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** The fields, down to single values, in which two documents differ, by path. Pure. */
export function differences(before: unknown, after: unknown): Difference[] {
  const [old, fresh] = [leaves(before), leaves(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((path) => old.get(path) !== fresh.get(path))
    .map((path) => ({ path, before: old.get(path), after: fresh.get(path) }));
}

/** `- path: value` and `+ path: value`, as they are and as they would be. Pure. */
export function differenceLines(found: readonly Difference[]): string[] {
  return found.flatMap(({ path, before, after }) => [
    ...(before === undefined ? [] : [`- ${path}: ${before}`]),
    ...(after === undefined ? [] : [`+ ${path}: ${after}`]),
  ]);
}

/** Path → value as JSON. An empty list or mapping is a value; what is null counts as absent. */
function leaves(value: unknown, path = ''): Map<string, string> {
  if (value === null || value === undefined) return new Map();
  const entries = Array.isArray(value)
    ? value.map((item, index): [string, unknown] => [`${path}[${index}]`, item])
    : isRecord(value)
      ? Object.entries(value).map(([key, item]): [string, unknown] => [path === '' ? key : `${path}.${key}`, item])
      : undefined;
  if (entries === undefined || (entries.length === 0 && path !== '')) return new Map([[path, JSON.stringify(value)]]);
  return new Map(entries.flatMap(([inner, item]) => [...leaves(item, inner)]));
}
