import { COPYING, type NextPromotionStep, type PromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import type { RunJournal } from '../journal.ts';
import { runSpec } from '../spec-changes.ts';
import type { PreparedContext } from '../stage.ts';
import { timeoutsOf } from '../steps/timeouts.ts';
import { isCommitted } from './memory.ts';
import type { Promotion } from './promotion.ts';

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
