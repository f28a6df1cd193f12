import type { StageReason } from '../../../lib/api/index.ts';
import { present } from '../../../lib/api/objects.ts';
import { CcError } from '../../../lib/errors.ts';
import {
  COPYING,
  type NextPromotionStep,
  type PromotionFacts,
  type PromotionFailure,
  type PromotionJournal,
  type PromotionStep,
} from '../../../lib/known-good/promotion-steps.ts';
import type { PromotionMemory, RunJournal } from '../journal.ts';
import { runSpec } from '../spec-changes.ts';
import type { PreparedContext, RunServices } from '../stage.ts';
import { timeoutsOf } from '../steps/timeouts.ts';
import type { Promotion } from './promotion.ts';

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
export function fail(context: PreparedContext, journal: RunJournal, fault: PromotionFault): void {
  const { services } = context;
  const { failure, found, message } = fault;
  const memory = journal.promotionMemory ?? newMemory(services);
  const steps = memory.steps ?? { operation: '', process: services.session, begun: 0, done: [], undone: [] };
  journal.promotionMemory = memory;
  if (steps.failure) return;
  memory.steps = { ...steps, failure };
  Object.assign(memory, present({ message, found }));
}

/** What a step may take, milliseconds: the longest of a deploy, a health wait and a test; one that copies, a whole run. */
function timeOf({ object, resolved }: PreparedContext, journal: RunJournal, step: PromotionStep | undefined): number {
  const { total, deploy, health, test } = timeoutsOf(runSpec(object), resolved, journal.memory?.start);
  const longest = Math.max(deploy, health, test);
  return step !== undefined && COPYING.includes(step) ? Math.max(total, longest) : longest;
}

/** What is left of the time of the step under way, milliseconds; it began when the one before it was done. */
export function stepLeftMs(context: PreparedContext, journal: RunJournal, step: PromotionStep): number {
  const startedMs = journal.promotionMemory?.stepStartedMs ?? 0;
  return timeOf(context, journal, step) - (context.services.clock.monotonicMs() - startedMs);
}

/**
 * Until the deadline of what comes next, milliseconds. What there is no way back from, and the way back itself, has its
 * time anew at each try.
 */
export function remainingMs(context: PreparedContext, { journal, facts }: Promotion, act: NextPromotionStep): number {
  if (act.next !== 'Step') return timeOf(context, journal, undefined);
  const anew = facts.late === undefined || isCommitted(facts);
  return Math.max(1, anew ? timeOf(context, journal, act.step) : stepLeftMs(context, journal, act.step));
}
