import { CcError } from '../../../lib/errors.ts';
import type { CanonicalPlace } from '../canonical-place.ts';
import type { Step, StepContext, StepOutcome } from '../stage.ts';
import { hasLease, holdLease } from './lease.ts';

/**
 * Nobody touches the data of a known-good but who has its lease: one that was lost is taken again, or the step is not done.
 * What failed while somebody else took the lease says nothing about the recipe: the data may have been changed under it.
 */
export function underLease(step: Step<StepContext>): Step<StepContext> {
  return {
    ...step,
    run: async (context) => {
      const place = context.attempt.reattached;
      if (!place || !(await holdLease(context, place))) throw lost(place);
      const outcome = await step.run(context);
      if (isFailure(outcome) && (await hasLease(context, place, context.attempt.number)) === 'Other') throw lost(place);
      return outcome;
    },
  };
}

function isFailure(outcome: StepOutcome): boolean {
  return outcome.kind === 'End' && outcome.end.result === 'Failed';
}

function lost(place: CanonicalPlace | undefined): CcError {
  return new CcError('Conflict', `somebody else has the lease of Canonical/${place?.name ?? ''} by now`);
}
