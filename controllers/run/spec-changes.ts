import type { DefaultedRunSpec } from '../../lib/api/index.ts';
import { canonicalDigest } from '../../lib/digest.ts';
import { sourceIdentity } from '../../lib/recipe/source.ts';
import type { ResolvedRun } from '../../lib/run-record/run-files.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { Refusal, StoredObject } from '../../lib/store/store.ts';

/** Fields that may still change after the start. */
const MUTABLE: readonly (keyof DefaultedRunSpec)[] = ['ttlAfterFinished', 'suspend', 'holdOnFailure'];

/** The spec that a run acts by: once it has started, an edit that is refused is not in it. Pure. */
export function runSpec(object: StoredObject): DefaultedRunSpec {
  return specInForce(object) as DefaultedRunSpec;
}

/** What the file of a run is held against. */
interface Started {
  started: boolean;
  resolved: Pick<ResolvedRun, 'spec'> | undefined;
}

/** Names of the spec fields that differ from what the run was started with, sorted; none before the start. */
function immutableChanges(object: StoredObject, { started, resolved }: Started): string[] {
  const then = (object.accepted?.spec ?? resolved?.spec) as Record<string, unknown> | undefined;
  if (!started || then === undefined) return [];
  const now = object.spec as Record<string, unknown>;
  const names = new Set([...Object.keys(now), ...Object.keys(then)]);
  return [...names]
    .filter((name) => !(MUTABLE as readonly string[]).includes(name))
    .filter((name) => canonicalDigest(shared(now[name])) !== canonicalDigest(shared(then[name])))
    .map((name) => `spec.${name}`)
    .sort();
}

/** A value as it is kept with the run: without the password of a URL. */
function shared(value: unknown): unknown {
  return typeof value === 'string' ? sourceIdentity(value) : (value ?? null);
}

/** Why the file of a run as it is now is not in force, or undefined. Pure. */
export function runRefusal(object: StoredObject, started: Started): Refusal | undefined {
  const changes = immutableChanges(object, started);
  if (changes.length === 0) return undefined;
  return {
    reason: 'ImmutableField',
    message: `${changes.join(', ')} cannot change after the start: one Run tests one commit. Create another Run, or undo the edit.`,
  };
}
