import type { StageReason } from '../../../lib/api/index.ts';
import { present } from '../../../lib/api/present.ts';
import { CcError } from '../../../lib/errors.ts';
import type { PromotionFacts, PromotionFailure, PromotionJournal } from '../../../lib/known-good/promotion-steps.ts';
import type { PromotionMemory, RunJournal } from '../journal.ts';
import type { RunServices } from '../services.ts';
import type { PreparedContext } from '../stage.ts';

/** What a promotion knows that has done nothing yet. */
export function newMemory({ clock }: Pick<RunServices, 'clock'>): PromotionMemory {
  return { stepStartedMs: clock.monotonicMs(), appliedMs: 0, up: false, seeded: false };
}

/** @throws CcError `Internal` before the promotion has begun. */
export function stepsOf({ steps }: PromotionMemory): PromotionJournal {
  if (!steps) throw new CcError('Internal', 'a step of a promotion that has not begun');
  return steps;
}

/** The pointer names this run's generation: nothing that happens now changes that. Pure. */
export function isCommitted({ knownGood, runUid }: Pick<PromotionFacts, 'knownGood' | 'runUid'>): boolean {
  return knownGood?.runUid === runUid;
}

/** What went wrong, with the reason that was found for it; undefined: nothing did. Pure. */
export function toldBy({ found, message }: Pick<PromotionMemory, 'found' | 'message'>): string | undefined {
  return message === undefined || found === undefined ? message : `${found}: ${message}`;
}

/** Why a promotion goes no further: as it is journaled, and what was found, for people. */
export interface PromotionFault {
  failure: PromotionFailure;
  /** Reason of a check, `CrashLoop` for instance. */
  found?: StageReason;
  /** Masked. */
  message?: string;
}

/** Journals that the promotion goes no further; the way back follows. A swap that was made stays. */
export function fail(
  { services }: PreparedContext,
  journal: RunJournal,
  { failure, found, message }: PromotionFault,
): void {
  const memory = journal.promotionMemory ?? newMemory(services);
  const steps = memory.steps ?? { operation: '', process: services.session, begun: 0, done: [], undone: [] };
  journal.promotionMemory = memory;
  if (steps.failure) return;
  memory.steps = { ...steps, failure };
  Object.assign(memory, present({ message, found }));
}
