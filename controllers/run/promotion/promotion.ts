import { randomUUID } from 'node:crypto';
import { takeDown } from '../../../lib/app/take-down.ts';
import { withinDeadline } from '../../../lib/deadline.ts';
import { CcError, hasCode } from '../../../lib/errors.ts';
import { acquireLease, holdsLease, releaseLease } from '../../../lib/known-good/lease.ts';
import {
  type NextPromotionStep,
  nextPromotionStep,
  type PromotionFacts,
  type PromotionJournal,
  type PromotionStep,
} from '../../../lib/known-good/promotion-steps.ts';
import { dirtied } from '../../../lib/known-good/volumes-state.ts';
import { overMessage } from '../deadline.ts';
import type { RunJournal } from '../journal.ts';
import { runSpec } from '../spec-changes.ts';
import type { PreparedContext } from '../stage.ts';
import { timeoutsOf } from '../steps/timeouts.ts';
import { performPromotionStep } from './acts.ts';
import { clearKnownGood } from './canary.ts';
import { savePromotionEvidence } from './evidence.ts';
import { fail, newMemory } from './memory.ts';
import { observePromotion, type PromotionTarget, promotionTarget } from './target.ts';

export type PromotionEffect =
  | { effect: 'Continue' }
  | { effect: 'Wait'; afterMs: number; waitingFor: string }
  | { effect: 'Over'; result: NonNullable<RunJournal['promotion']> };

/** Keeps what a plan chose, from what. */
export type Decide = (inputs: PromotionFacts, action: NextPromotionStep) => Promise<void>;

/**
 * Performs the one next step of the promotion, within its time. `journal.promotionMemory` is a draft that the caller
 * journals. @throws CcError `DeadlineExceeded`; what the step throws.
 */
export async function promote(context: PreparedContext, journal: RunJournal, decide: Decide): Promise<PromotionEffect> {
  const target = await promotionTarget(context, journal.promotionMemory?.place);
  if (!target) return { effect: 'Over', result: { result: 'Skipped', reason: 'NotEnrolled' } };
  journal.promotionMemory ??= newMemory(context.services);
  journal.promotionMemory.place ??= target.place;
  const facts = await observePromotion(context, journal, target);
  const next = nextPromotionStep(facts);
  await decide(facts, next);
  const promotion = { journal, target, facts };
  const deadlineMs = remainingMs(context, promotion, next);
  if (deadlineMs <= 0) throw lateIn(context, next);
  const deadline = {
    clock: context.services.clock,
    signal: context.signal,
    deadlineMs,
    late: () => lateIn(context, next),
  };
  return await withinDeadline(deadline, (signal) =>
    act(Object.assign(context, { signal, remainingMs: deadlineMs }), promotion, next),
  );
}

/** Steps that copy or read all data: they have the time of a whole run. */
const COPYING: readonly PromotionStep[] = ['Restore', 'MakeGeneration', 'Collect'];

/**
 * Until the deadline of what comes next, milliseconds: the longest of a deploy, a health wait and a test, in which what
 * waits is looked at again and again. What there is no way back from, and the way back itself, has it anew at each try.
 */
function remainingMs(
  { services, object, frozen }: PreparedContext,
  { journal, facts }: Promotion,
  next: NextPromotionStep,
): number {
  const { total, deploy, health, test } = timeoutsOf(runSpec(object), frozen, journal.memory?.start);
  const longest = Math.max(deploy, health, test);
  if (next.next !== 'Step') return longest;
  const stepMs = COPYING.includes(next.step) ? Math.max(total, longest) : longest;
  const memory = journal.promotionMemory;
  if (memory?.steps?.process !== services.session || facts.knownGood?.runUid === facts.runUid) return stepMs;
  return stepMs - (services.clock.monotonicMs() - memory.stepStartedMs);
}

function lateIn({ waitedFor }: PreparedContext, next: NextPromotionStep): CcError {
  const what = next.next === 'Step' || next.next === 'Undo' ? next.step : next.next;
  return new CcError('DeadlineExceeded', overMessage(`the deadline of ${what} is over`, waitedFor));
}

export interface Promotion {
  journal: RunJournal;
  target: PromotionTarget;
  facts: PromotionFacts;
}

async function act(context: PreparedContext, promotion: Promotion, step: NextPromotionStep): Promise<PromotionEffect> {
  const { target, journal } = promotion;
  const { services, signal } = context;
  switch (step.next) {
    case 'AcquireLease': {
      const lease = await acquireLease(target.knownGood.directory, target.holder, services.clock);
      if (holdsLease(lease, target.holder)) return { effect: 'Continue' };
      return {
        effect: 'Wait',
        afterMs: 1_000,
        waitingFor: `the lease of ${target.place.name}, held by ${lease.holder}`,
      };
    }
    case 'Begin':
      return begin(context, journal, 1);
    case 'BeginAgain':
      await takeDown(services.platform, target.home.domain, signal);
      return begin(context, journal, step.begun);
    case 'Step':
      return performPromotionStep(context, promotion, step.step);
    case 'Fail':
      fail(context, journal, { failure: step.reason });
      return { effect: 'Continue' };
    case 'Undo':
      return undo(context, promotion, step);
    case 'SkipAndRelease':
      await releaseLease(target.knownGood.directory, target.holder);
      return { effect: 'Over', result: { result: 'Skipped', reason: step.reason } };
    case 'Over':
      return { effect: 'Over', result: resultOf(context, step) };
  }
}

function resultOf(
  { frozen }: PreparedContext,
  step: NextPromotionStep & { next: 'Over' },
): NonNullable<RunJournal['promotion']> {
  const version = frozen.head.version === undefined ? {} : { version: frozen.head.version };
  if (step.outcome === 'Done') return { result: 'Promoted', ...version, generation: step.id };
  return { result: step.outcome, reason: step.reason };
}

function begin({ services }: PreparedContext, journal: RunJournal, begun: number): PromotionEffect {
  const steps: PromotionJournal = {
    operation: `g${randomUUID()}`,
    process: services.session,
    begun,
    done: [],
    undone: [],
  };
  const { place, canary } = journal.promotionMemory ?? {};
  journal.promotionMemory = {
    ...newMemory(services),
    ...(place ? { place } : {}),
    ...(canary ? { canary } : {}),
    steps,
  };
  return { effect: 'Continue' };
}

/** These data are never known-good and are replaced before their next use: what cannot be taken out of them may stay. */
async function clearAsFarAsPossible(
  context: PreparedContext,
  { target, journal }: Pick<Promotion, 'target' | 'journal'>,
): Promise<void> {
  if (!journal.promotionMemory) return;
  try {
    await clearKnownGood(context, { domain: target.home.domain, memory: journal.promotionMemory });
  } catch (error) {
    if (!hasCode(error, 'Conflict')) throw error;
    context.services.log.warn('a canary stays in data that were not promoted', { error: error.message });
  }
}

async function undo(
  context: PreparedContext,
  { target, journal, facts }: Promotion,
  step: NextPromotionStep & { next: 'Undo' },
): Promise<PromotionEffect> {
  const { services, signal } = context;
  if (step.step === 'SaveEvidence') await savePromotionEvidence(context, { target, journal });
  if (step.step === 'Undeploy') {
    await takeDown(services.platform, target.home.domain, signal);
    await clearAsFarAsPossible(context, { target, journal });
  }
  if (step.step === 'SettleVolumes' && step.how === 'DestroyAndMarkMissing') {
    await services.platform.destroy({ domain: target.home.domain }, signal);
    await target.knownGood.setVolumesState({ state: 'Missing' });
  }
  if (step.step === 'SettleVolumes' && step.how === 'MarkDirty') {
    await target.knownGood.setVolumesState(dirtied(facts.volumes, facts.knownGood?.id));
  }
  if (step.step === 'ReleaseLease') await releaseLease(target.knownGood.directory, target.holder);
  const memory = journal.promotionMemory;
  if (memory?.steps) memory.steps = { ...memory.steps, undone: [...memory.steps.undone, step.step] };
  return { effect: 'Continue' };
}
