import { canonicalDigest } from '../../../digest.ts';
import { fieldOf, objectOf } from './values.ts';

/**
 * Digest of the task template of a service, or of the spec of a task: equal where the task belongs to the template.
 * Left out is what the engine writes into one of them only (`Runtime`), and the placement constraints: after a change of
 * these alone a task that still fits stays as it is, with the old ones in its spec (measured on 20.10, API 1.41).
 */
export function templateDigest(template: unknown): string {
  const { Runtime: runtime, Placement: placement, ...rest } = objectOf(template);
  const { Constraints: _, ...others } = objectOf(placement);
  return canonicalDigest(
    withoutEmpty({ ...rest, Placement: others, ...(runtime === 'container' ? {} : { Runtime: runtime }) }),
  );
}

/** Digest of a whole service spec. */
export function specDigest(spec: unknown): string {
  // An empty mode is a mode: its name is what counts.
  const mode = Object.keys(objectOf(fieldOf(spec, 'Mode'))).sort();
  return canonicalDigest(withoutEmpty({ modes: mode, spec }));
}

/** What is empty or null is left out, as an engine of another version may write it or not. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, withoutEmpty(one)] as const);
  return Object.fromEntries(entries.filter(([, one]) => !isEmpty(one)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
