import { nextStep } from '../operation/next-step.ts';
import {
  COMMON_FAILURES,
  type NextStep,
  type OperationDefinition,
  type OperationFacts,
  type OperationJournal,
} from '../operation/operation.ts';
import type { PromotionEligibility } from './promotion-eligibility.ts';
import { isNobodys, type VolumesState } from './volumes-state.ts';

/** The steps in their order. Each is idempotent; the caller journals it in `done` after it has succeeded. */
export const PROMOTION_STEPS = [
  'MarkDirty', // journal the volumes as Dirty
  'Restore', // the current generation, its newest intact ancestor, or room for a fresh install with hooks and seed
  'PlantCanary', // a token of the run's own in the restored data, where no data hooks are given
  'Deploy', // the tag
  'AwaitHealth',
  'VerifyData',
  'RemoveCanary', // and look that none is left
  'Undeploy', // and assert by listing that all is gone
  'MakeGeneration', // its id is the operation's
  'Swap',
  'MarkClean', // journal the volumes as Clean(id)
  'Collect',
  'ReleaseLease',
] as const;
export type PromotionStep = (typeof PROMOTION_STEPS)[number];

/** Steps after which the app still has to be the one that was deployed. */
export const ON_APP: readonly PromotionStep[] = ['AwaitHealth', 'VerifyData', 'RemoveCanary'];

/** Steps that copy or read all data: they have the time of a whole run. */
export const COPYING: readonly PromotionStep[] = ['Restore', 'MakeGeneration', 'Collect'];

/** The steps of the way back, in their order. */
const PROMOTION_WAY_BACK = [
  'SaveEvidence', // logs and tasks, before anything is killed
  'Undeploy', // and assert by listing that all is gone
  'SettleVolumes', // journal them as what they are, or destroy them
  'ReleaseLease',
] as const;
type PromotionUndoStep = (typeof PROMOTION_WAY_BACK)[number];

export const PROMOTION_FAILURES = [...COMMON_FAILURES, 'Cancelled', 'DiskFloor'] as const;
export type PromotionFailure = (typeof PROMOTION_FAILURES)[number];

/** A promotion: forward to the swap of the pointer, or back to the known-good that was. */
export const PROMOTION: OperationDefinition<PromotionStep, PromotionUndoStep> = {
  steps: PROMOTION_STEPS,
  commit: 'Swap',
  back: PROMOTION_WAY_BACK,
  begins: 3,
  faults: 6,
};

/** What the run has journaled about its promotion. */
export type PromotionJournal = OperationJournal<PromotionStep, PromotionUndoStep, PromotionFailure>;

/** What is observed. */
export interface PromotionFacts {
  runUid: string;
  /** The pointer now; `runUid`: of the run its manifest names. */
  knownGood?: { id: string; runUid?: string };
  journal?: PromotionJournal;
  /** Names this start of the controller, other after every start. */
  process: string;
  /** A complete generation of the journal's operation exists. */
  generation: 'Absent' | 'Complete';
  lease: 'Free' | 'Mine' | 'Other';
  volumes: VolumesState;
  /** The Canonical is there, the same and wanted. */
  enrolled: boolean;
  /** A person has cancelled the run. */
  cancelled: boolean;
  /** Evaluated now, against the pointer as it is now. */
  eligibility: PromotionEligibility;
  /** Faults of the ground in a row that the step under way has met. */
  faults: number;
  /** The time of the step under way is over; absent: it has not begun. */
  late?: boolean;
}

type Next = NextStep<PromotionStep, PromotionUndoStep, PromotionFailure>;

/** What to do next, one at a time; of data that go nowhere it says how they are settled. */
export type NextPromotionStep =
  | Exclude<Next, { next: 'Undo' }>
  | { next: 'Undo'; step: Exclude<PromotionUndoStep, 'SettleVolumes'> }
  | { next: 'Undo'; step: 'SettleVolumes'; how: 'MarkDirty' | 'DestroyAndMarkMissing' };

/** The next step of a promotion: promoted is what the pointer says, not what was intended. Pure. */
export function nextPromotionStep(facts: PromotionFacts): NextPromotionStep {
  const next = nextStep(PROMOTION, operationFacts(facts));
  if (next.next !== 'Undo') return next;
  return next.step === 'SettleVolumes'
    ? { ...next, step: next.step, how: howToSettle(facts) }
    : { ...next, step: next.step };
}

function operationFacts(facts: PromotionFacts): OperationFacts<PromotionStep, PromotionUndoStep, PromotionFailure> {
  const { journal, process, lease, enrolled, eligibility, volumes, knownGood, faults, late } = facts;
  return {
    ...(journal === undefined ? {} : { journal }),
    process,
    reached: reached(facts),
    lease,
    ...(facts.cancelled ? { ended: 'Cancelled' as const } : {}),
    wanted: enrolled,
    eligibility,
    faults,
    ...(late === undefined ? {} : { late }),
    touched: volumes.state === 'Dirty',
    tidied: { MarkClean: volumes.state === 'Clean' && volumes.generation === knownGood?.id, ReleaseLease: false },
  };
}

/** A complete generation is overtaken where the pointer went further while the lease was not ours. */
function reached({
  knownGood,
  runUid,
  generation,
  eligibility,
}: PromotionFacts): OperationFacts<never, never, never>['reached'] {
  if (knownGood !== undefined && knownGood.runUid === runUid) return { state: 'Committed', id: knownGood.id };
  if (generation !== 'Complete') return { state: 'Open' };
  const overtaken =
    !eligibility.eligible && (eligibility.reason === 'OlderThanKnownGood' || eligibility.reason === 'TagMoved');
  return { state: overtaken ? 'Overtaken' : 'Ready' };
}

/** Of a Canonical that is gone or going its own deletion, or the next of that name, disposes. */
function howToSettle({ enrolled, knownGood, volumes }: PromotionFacts): 'MarkDirty' | 'DestroyAndMarkMissing' {
  return enrolled && knownGood === undefined && isNobodys(volumes) ? 'DestroyAndMarkMissing' : 'MarkDirty';
}
