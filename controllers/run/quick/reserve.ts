import { hasCode, orElse } from '../../../lib/errors.ts';
import { readyWayBack } from '../../../lib/known-good/way-back.ts';
import type { ResolvedKnownGood } from '../../../lib/run-record/run-files.ts';
import type { StoredSet } from '../../../lib/snapshot/set-store.ts';
import { type CanonicalPlace, knownGoodOf, placeOfRecipe } from '../canonical-place.ts';
import { runSpec } from '../spec-changes.ts';
import { failStage, next, type Step, type StepContext, type StepOutcome } from '../stage.ts';
import { fallBack } from './fall-back.ts';
import { holdLease } from './lease.ts';
import { wayBackOptions } from './live-data.ts';

/** Gives a quick attempt the known-good that it runs on, or makes it a cold one. */
export const RESERVE_STEPS: readonly Step<StepContext>[] = [
  { name: 'Reserve', deadline: 'Deploy', run: reserve },
  { name: 'ProveKnownGood', deadline: 'Total', run: prove },
];

/** The lease is among the resources of the attempt before it is taken. */
async function reserve(context: StepContext): Promise<StepOutcome> {
  const { attempt, services, object, memory } = context;
  if (attempt.reattached === undefined) {
    const place = await placeOfRecipe(services, runSpec(object).recipe);
    if (!place) return await fallBack(context, 'NoCanonical');
    attempt.reattached = place;
    attempt.resources = [{ kind: 'Lease', place }, ...(attempt.resources ?? [])];
    return { kind: 'Again' };
  }
  if (!(await holdLease(context, attempt.reattached))) return { kind: 'Yield' };
  memory.leased = true;
  return next;
}

/** What cannot be gone back to is not run on: it is read before anything is taken down. */
async function prove(context: StepContext): Promise<StepOutcome> {
  const { attempt, services, memory, signal } = context;
  const place = attempt.reattached;
  if (!place) return await fallBack(context, 'NoCanonical');
  context.leavePool();
  const pointer = await orElse(knownGoodOf(services, place).pointer(), 'Damaged', () => 'Damaged' as const);
  if (pointer === undefined) return await fallBack(context, 'NoKnownGood');
  if (pointer === 'Damaged') return await fallBack(context, 'SnapshotDamaged');
  const proven = await proveOne(context, place, pointer);
  if (typeof proven === 'object') return proven;
  if (!proven) return await fallBack(context, 'SnapshotDamaged');
  signal.throwIfAborted();
  memory.knownGood = knownGoodFrom(pointer);
  return next;
}

/** False where it is damaged; a commit that is gone at the source too is no fault of the data. */
async function proveOne(
  { services, signal }: StepContext,
  place: CanonicalPlace,
  { id, manifest }: StoredSet,
): Promise<boolean | StepOutcome> {
  const options = await wayBackOptions({ services, place, signal });
  try {
    return (await services.limits.run('Copy', () => readyWayBack(id, options), signal)) === id;
  } catch (error) {
    if (!hasCode(error, 'NotFound')) throw error;
    return failStage(
      'KnownGoodLost',
      `the known-good ${manifest.version} is commit ${manifest.commit.slice(0, 10)}, which the source does not have any ` +
        'more. Push it again, or promote another release with a cold run.',
    );
  }
}

function knownGoodFrom({ id, manifest }: StoredSet): ResolvedKnownGood {
  const { commit, version, source } = manifest;
  return { generation: id, commit, version, source };
}
