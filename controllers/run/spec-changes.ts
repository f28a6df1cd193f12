import type { DefaultedRunSpec } from '../../lib/api/index.ts';
import type { ResolvedRun as FrozenRun } from '../../lib/run-record/resolved.ts';
import { canonicalDigest } from '../../lib/store/spec-codec.ts';
import type { StoredObject } from '../../lib/store/store.ts';

/** Fields that may still change after the start. */
const MUTABLE: readonly (keyof DefaultedRunSpec)[] = ['ttlAfterFinished', 'suspend', 'holdOnFailure'];

/** Names of the spec fields that differ from what the run was started with, sorted. Pure. */
export function immutableChanges(object: StoredObject, frozen: Pick<FrozenRun, 'spec'> | undefined): string[] {
  if (!frozen) return [];
  const now = object.spec as unknown as Record<string, unknown>;
  const then = frozen.spec as unknown as Record<string, unknown>;
  const names = new Set([...Object.keys(now), ...Object.keys(then)]);
  return [...names]
    .filter((name) => !(MUTABLE as readonly string[]).includes(name))
    .filter((name) => canonicalDigest(now[name] ?? null) !== canonicalDigest(then[name] ?? null))
    .map((name) => `spec.${name}`)
    .sort();
}
