import { canonicalDigest } from '../digest.ts';
import { sourceIdentity } from '../recipe/source.ts';
import { mutableFields } from '../store/mutable-fields.ts';
import type { Refusal } from '../store/store.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Why a started Run cannot take the spec `now` in place of `then`; undefined where it can. Pure. */
export function runEditRefusal(then: Fields, now: Fields): Refusal | undefined {
  const mutable = mutableFields('Run');
  const names = new Set([...Object.keys(now), ...Object.keys(then)]);
  const changes = [...names]
    .filter((name) => !mutable.includes(name) && digestOf(now[name]) !== digestOf(then[name]))
    .map((name) => `spec.${name}`)
    .sort();
  if (changes.length === 0) return undefined;
  return {
    reason: 'ImmutableField',
    message: `${changes.join(', ')} cannot change after the start: one Run tests one commit. Create another Run, or undo the edit.`,
  };
}

/** Of a value as it is kept with the run: without the password of a URL. */
function digestOf(value: unknown): string {
  return canonicalDigest(typeof value === 'string' ? sourceIdentity(value) : (value ?? null));
}
