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

/** The steps of the way back, in their order. */
export type PromotionUndoStep =
  | 'SaveEvidence' // logs and tasks, before anything is killed
  | 'Undeploy' // and assert by listing that all is gone
  | 'SettleVolumes' // journal them as what they are, or destroy them
  | 'ReleaseLease';

export type PromotionFailure =
  | 'CrashBudget'
  | 'NotEligible'
  | 'NotEnrolled'
  | 'Cancelled'
  | 'DeadlineExceeded'
  | 'Failed'
  | 'DiskFloor';

/** What the run has journaled about its promotion. */
export interface PromotionJournal {
  /** Id of the current operation. */
  operation: string;
  /** The start of the controller ({@link PromotionFacts}) that began this operation. */
  process: string;
  /** How often the promotion began, 1 for the first time, 0 while it only waits. */
  begun: number;
  /** Steps of this operation that have ended well. */
  done: readonly PromotionStep[];
  /** Set once a step failed or the run was cancelled before the swap. */
  failure?: PromotionFailure;
  /** Steps of the way back that have ended. */
  undone: readonly PromotionUndoStep[];
  /** The lease was held and the promotion found not eligible. */
  skipped?: string;
}

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
  /** Evaluated now, against the pointer as it is now. */
  eligibility: PromotionEligibility;
}

/** What to do next, one at a time. */
export type NextPromotionStep =
  | { next: 'AcquireLease' } // wait where another holds it
  | { next: 'Begin' } // journal a new operation id, begun 1
  | { next: 'BeginAgain'; begun: number } // undeploy, assert gone, journal a new operation id with this count
  | { next: 'Step'; step: PromotionStep; operation: string }
  | { next: 'Fail'; reason: PromotionFailure } // journal the failure
  | { next: 'Undo'; step: 'SaveEvidence' | 'Undeploy' | 'ReleaseLease' }
  | { next: 'Undo'; step: 'SettleVolumes'; how: 'MarkDirty' | 'DestroyAndMarkMissing' }
  | { next: 'SkipAndRelease'; reason: string } // journal the reason, release the lease if it is mine
  | { next: 'Over'; outcome: 'Promoted'; generation: string }
  | { next: 'Over'; outcome: 'Failed' | 'Skipped'; reason: string };

/** How often a promotion is begun after crashes before it is given up. */
export const PROMOTION_BEGINS = 3;

/**
 * The next step of a promotion, from what is on disk: promoted is what the pointer says, not what was intended. Pure.
 */
export function nextPromotionStep(facts: PromotionFacts): NextPromotionStep {
  const { journal, knownGood } = facts;
  if (knownGood !== undefined && knownGood.runUid === facts.runUid) return afterSwap(facts, knownGood.id);
  if (journal?.failure !== undefined) return undo(facts, journal, journal.failure);
  if (journal?.skipped !== undefined) return skip(facts, journal.skipped);
  if (!facts.enrolled) return notEnrolled(facts, journal);
  if (journal === undefined || !hasStarted(journal)) return beforeWork(facts, journal);
  if (facts.generation === 'Complete') return beforeSwap(facts, journal);
  if (facts.lease !== 'Mine') return { next: 'Fail', reason: 'Failed' };
  if (journal.process !== facts.process) return again(journal);
  return work(journal);
}

/** The next step of the present operation; after `MakeGeneration` its generation must be there. */
function work(journal: PromotionJournal): NextPromotionStep {
  const step = PROMOTION_STEPS.find((one) => !journal.done.includes(one));
  const reached = step === undefined || PROMOTION_STEPS.indexOf(step) >= PROMOTION_STEPS.indexOf('Swap');
  return reached ? { next: 'Fail', reason: 'Failed' } : { next: 'Step', step, operation: journal.operation };
}

function hasStarted(journal: PromotionJournal): boolean {
  return journal.done.length > 0;
}

/** No step of any operation is journaled; the first one may still have had its effect. */
function isFirst(journal: PromotionJournal): boolean {
  return journal.begun === 1 && !hasStarted(journal);
}

/** Nothing is swapped for a Canonical that is gone or going; what was begun goes the way of a failure. */
function notEnrolled(facts: PromotionFacts, journal: PromotionJournal | undefined): NextPromotionStep {
  if (journal === undefined || journal.begun === 0) return skip(facts, 'NotEnrolled');
  return { next: 'Fail', reason: 'NotEnrolled' };
}

/** Nothing was touched under this operation: eligibility counts, and once more when the lease is held. */
function beforeWork(facts: PromotionFacts, journal: PromotionJournal | undefined): NextPromotionStep {
  if (!facts.eligibility.eligible) {
    // An earlier operation of this promotion may have left half-made data: it goes the way of a failure.
    if (journal !== undefined && journal.begun > 1) return { next: 'Fail', reason: 'NotEligible' };
    return skip(facts, facts.eligibility.reason);
  }
  if (facts.lease !== 'Mine') return { next: 'AcquireLease' };
  return journal === undefined ? { next: 'Begin' } : work(journal);
}

/** The generation is complete: on with the swap, unless the pointer went further while the lease was not ours. */
function beforeSwap(facts: PromotionFacts, journal: PromotionJournal): NextPromotionStep {
  const { eligibility } = facts;
  const overtaken =
    !eligibility.eligible && (eligibility.reason === 'OlderThanKnownGood' || eligibility.reason === 'TagMoved');
  if (overtaken) return { next: 'Fail', reason: 'NotEligible' };
  if (facts.lease !== 'Mine') return { next: 'AcquireLease' };
  return { next: 'Step', step: 'Swap', operation: journal.operation };
}

function again(journal: PromotionJournal): NextPromotionStep {
  if (journal.begun >= PROMOTION_BEGINS) return { next: 'Fail', reason: 'CrashBudget' };
  return { next: 'BeginAgain', begun: journal.begun + 1 };
}

/** The pointer names this run: only tidying is left, and it never changes the outcome. */
function afterSwap(facts: PromotionFacts, id: string): NextPromotionStep {
  const { lease, volumes, journal } = facts;
  if (lease !== 'Mine') return { next: 'Over', outcome: 'Promoted', generation: id };
  const operation = journal?.operation ?? id;
  const clean = volumes.state === 'Clean' && volumes.generation === id;
  if (!clean) return { next: 'Step', step: 'MarkClean', operation };
  if (!journal?.done.includes('Collect')) return { next: 'Step', step: 'Collect', operation };
  return { next: 'Step', step: 'ReleaseLease', operation };
}

/** Before the swap: what the app says is kept, it goes down, the volumes are journaled as what they are, the lease goes back last. */
function undo(facts: PromotionFacts, journal: PromotionJournal, reason: PromotionFailure): NextPromotionStep {
  const untouched = journal.begun === 0 || (isFirst(journal) && facts.volumes.state !== 'Dirty');
  if (untouched && facts.lease === 'Mine') return { next: 'Undo', step: 'ReleaseLease' };
  if (untouched || journal.undone.includes('ReleaseLease')) return { next: 'Over', outcome: 'Failed', reason };
  if (facts.lease !== 'Mine') {
    // Without the Canonical nobody else can hold the lease for long: who took it from us has undeployed, or will.
    return facts.enrolled ? { next: 'AcquireLease' } : { next: 'Over', outcome: 'Failed', reason };
  }
  if (journal.undone.length === 0) return { next: 'Undo', step: 'SaveEvidence' };
  if (!journal.undone.includes('Undeploy')) return { next: 'Undo', step: 'Undeploy' };
  if (!journal.undone.includes('SettleVolumes')) {
    // Of a Canonical that is gone or going its own deletion, or the next of that name, disposes.
    const worthless = facts.enrolled && facts.knownGood === undefined && isNobodys(facts.volumes);
    const how = worthless ? 'DestroyAndMarkMissing' : 'MarkDirty';
    return { next: 'Undo', step: 'SettleVolumes', how };
  }
  return { next: 'Undo', step: 'ReleaseLease' };
}

function skip(facts: PromotionFacts, reason: string): NextPromotionStep {
  if (facts.lease === 'Mine') return { next: 'SkipAndRelease', reason };
  return { next: 'Over', outcome: 'Skipped', reason };
}
