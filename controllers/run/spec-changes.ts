import type { DefaultedRunSpec } from '../../lib/api/index.ts';
import { runEditRefusal } from '../../lib/run-record/run-edit.ts';
import type { ResolvedRun } from '../../lib/run-record/run-files.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { Refusal, StoredObject } from '../../lib/store/store.ts';

/** The spec that a run acts by: once it has started, an edit that is refused is not in it. Pure. */
export function runSpec(object: StoredObject): DefaultedRunSpec {
  return specInForce(object) as DefaultedRunSpec;
}

/** What the file of a run is held against. */
interface Started {
  /** It has begun, or is over. */
  started: boolean;
  resolved: Pick<ResolvedRun, 'spec'> | undefined;
}

/** Why the file of a run as it is now is not in force, or undefined. Pure. */
export function runRefusal(object: StoredObject, { started, resolved }: Started): Refusal | undefined {
  const then = (object.accepted?.spec ?? resolved?.spec) as Record<string, unknown> | undefined;
  if (!started || then === undefined) return undefined;
  return runEditRefusal(then, object.spec as Record<string, unknown>);
}
