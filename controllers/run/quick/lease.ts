import { toTime } from '../../../lib/clock.ts';
import { holdsLease, type LeaseHolder, readLease } from '../../../lib/known-good/lease.ts';
import type { LeaseWaiter } from '../../../lib/known-good/lease-turns.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { type CanonicalPlace, directoryOfPlace } from '../canonical-place.ts';
import { waitingSinceMs } from '../queue/order.ts';
import { sourceOf } from '../queue/queued-run.ts';
import { runSpec } from '../spec-changes.ts';
import type { RunServices, StepContext } from '../stage.ts';

/** An attempt of a run as one who holds the lease of a known-good. Pure. */
export function attemptHolder({ name, uid }: Pick<StoredObject, 'name' | 'uid'>, attempt: number): LeaseHolder {
  return { holder: name, uid, attempt };
}

/** An attempt of a run as one who waits for it: by rank and age of the run, as it waits for a slot. Pure. */
export function leaseWaiter(object: StoredObject, attempt: number): LeaseWaiter {
  const { name, creationTimestamp } = object;
  const age = { source: sourceOf(object, runSpec(object)), createdMs: Date.parse(creationTimestamp) };
  const since = toTime(waitingSinceMs(age));
  return { key: { kind: 'Run', name }, holder: attemptHolder(object, attempt), since };
}

/** Takes the lease of a place, or has it already; false where somebody else has it, or comes first. Idempotent. */
export async function holdLease(
  { services, object, attempt }: Pick<StepContext, 'object' | 'attempt'> & { services: RunServices },
  place: CanonicalPlace,
): Promise<boolean> {
  const waiter = leaseWaiter(object, attempt.number);
  return (await services.turns.acquire(directoryOfPlace(services, place), waiter)).state === 'Mine';
}

/** Whether the attempt of that number has the lease by what is on disk. */
export async function hasLease(
  { services, object }: Pick<StepContext, 'object'> & { services: RunServices },
  place: CanonicalPlace,
  attempt: number,
): Promise<'Mine' | 'Free' | 'Other'> {
  const lease = await readLease(directoryOfPlace(services, place));
  if (lease === undefined) return 'Free';
  return holdsLease(lease, attemptHolder(object, attempt)) ? 'Mine' : 'Other';
}
