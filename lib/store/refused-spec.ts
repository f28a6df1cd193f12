import type { RefusedSpec, SpecChange } from '../api/generated/types.ts';
import { isRecord, present } from '../api/objects.ts';
import { canonicalDigest } from '../digest.ts';
import { maskUrls } from '../url-mask.ts';
import { acceptedSpec, refusalOf } from './spec-in-force.ts';
import type { StoredObject } from './store.ts';

/** How many fields are told apart; more of them are an object rewritten, whose file says it better. */
const MOST_CHANGES = 20;

/**
 * The edit that is not in force, as the status shows it beside the spec that is: why, and each field that differs.
 * Undefined where nothing was refused, and where nothing is in force beside it. Pure.
 */
export function refusedSpec(object: StoredObject): RefusedSpec | undefined {
  const refusal = refusalOf(object);
  const inForce = acceptedSpec(object);
  if (refusal === undefined || inForce === undefined) return undefined;
  const { reason, message, generation } = refusal;
  return { generation, reason, message, changes: specChanges(inForce, object.spec) };
}

/** The fields in which two specs differ, by their path, at most {@link MOST_CHANGES}; URLs without passwords. Pure. */
function specChanges(inForce: unknown, refused: unknown): SpecChange[] {
  return differences('spec', inForce, refused).slice(0, MOST_CHANGES);
}

function differences(field: string, one: unknown, other: unknown): SpecChange[] {
  if (isRecord(one) && isRecord(other)) {
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
    return names.flatMap((name) => differences(`${field}.${name}`, one[name], other[name]));
  }
  if (canonicalDigest(one ?? null) === canonicalDigest(other ?? null)) return [];
  return [{ field, ...present({ inForce: valueText(one), refused: valueText(other) }) }];
}

function valueText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return maskUrls(typeof value === 'string' ? value : JSON.stringify(value));
}
