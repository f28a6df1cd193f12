import { createHash } from 'node:crypto';
import { type ApiObject, fieldOf, objectOf } from './values.ts';

/**
 * Digest of the task template of a service, or of the spec of a task: equal where the task belongs to the template.
 * Left out is what the engine writes into one of them only (`Runtime`), and the placement constraints: after a change of
 * these alone a task that still fits stays as it is, with the old ones in its spec (measured on 20.10, API 1.41).
 */
export function templateDigest(template: unknown): string {
  const { Runtime: runtime, Placement: placement, ...rest } = objectOf(template);
  const { Constraints: _, ...others } = objectOf(placement);
  return digest({ ...rest, Placement: others, ...(runtime === 'container' ? {} : { Runtime: runtime }) });
}

/** Digest of a whole service spec. */
export function specDigest(spec: unknown): string {
  // An empty mode is a mode: its name is what counts.
  const mode = Object.keys(objectOf(fieldOf(spec, 'Mode'))).sort();
  return digest({ modes: mode, spec });
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(value)))
    .digest('hex');
}

/** Keys in order; what is empty or null is left out, as an engine of another version may write it or not. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const source = value as ApiObject;
  const entries = Object.keys(source)
    .sort()
    .map((key) => [key, canonical(source[key])] as const)
    .filter(([, one]) => !isEmpty(one));
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
