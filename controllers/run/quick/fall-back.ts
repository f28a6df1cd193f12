import { type Fallback, newProgress } from '../../../lib/run-record/run-files.ts';
import { directoryOfPlace } from '../canonical-place.ts';
import { runSpec } from '../spec-changes.ts';
import type { StepContext, StepOutcome } from '../stage.ts';
import { attemptHolder } from './lease.ts';

/** Why there is nothing to reattach, for people. */
const BECAUSE: Readonly<Record<Fallback, string>> = {
  NoCanonical: 'no Canonical enrols the recipe',
  NoKnownGood: 'the Canonical has no known-good yet',
  SnapshotDamaged: 'the known-good of the Canonical is damaged',
};

/**
 * Makes a quick attempt a cold one, in the draft: Prepare begins once more, among the stages of a cold run, and the lease
 * is given back.
 */
export async function fallBack(context: StepContext, fallback: Fallback): Promise<StepOutcome> {
  const { services, object, attempt, memory, progress } = context;
  const { reattached, resources = [] } = attempt;
  if (reattached)
    await services.turns.release(directoryOfPlace(services, reattached), attemptHolder(object, attempt.number));
  delete attempt.reattached;
  attempt.resources = resources.filter(({ kind }) => kind !== 'Lease');
  const prepare = progress.stages.find(({ name }) => name === context.stage);
  const { stages } = newProgress(attempt.number, 'Cold');
  Object.assign(progress, {
    mode: 'Cold',
    stages: stages.map((stage) => (stage.name === prepare?.name ? prepare : stage)),
  });
  Object.assign(memory, { fallback, cursor: { stage: context.stage, step: 0 } });
  const message = `${runSpec(object).recipe}: ${BECAUSE[fallback]}: the run is made cold (${fallback})`;
  await services.store.event(object, { type: 'Warning', reason: 'FallbackToCold', message });
  return { kind: 'Again' };
}
