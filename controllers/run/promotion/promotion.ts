import { randomUUID } from 'node:crypto';
import { takeDown } from '../../../lib/app/deployment.ts';
import { toTime } from '../../../lib/clock.ts';
import { overMessage } from '../../../lib/deadline.ts';
import { CcError, explainError, hasCode, isSystemFault, orElse } from '../../../lib/errors.ts';
import { noteFailedPromotion } from '../../../lib/known-good/failed-promotions.ts';
import {
  type NextPromotionStep,
  ON_APP,
  PROMOTION_FAILURES,
  type PromotionFacts,
  type PromotionFailure,
} from '../../../lib/known-good/promotion-steps.ts';
import { dirtied } from '../../../lib/known-good/volumes-state.ts';
import { runStep, type StepResult } from '../../../lib/operation/run-step.ts';
import type { PromotionMemory, RunJournal } from '../journal.ts';
import { leaseWaiter } from '../quick/lease.ts';
import { failStage, next as goOn, type PreparedContext, type StageEnd, type StepOutcome } from '../stage.ts';
import { performPromotionStep } from './acts.ts';
import { clearKnownGood } from './canary.ts';
import { savePromotionEvidence } from './evidence.ts';
import { fail, isCommitted, newMemory, remainingMs } from './memory.ts';
import { observePromotion, type PromotionTarget, promotionTarget } from './target.ts';

/** A promotion as one pass sees it. `memory` is the journal's draft, which the caller journals. */
export interface Promotion {
  journal: RunJournal;
  memory: PromotionMemory;
  target: PromotionTarget;
  facts: PromotionFacts;
}

type Act = Exclude<NextPromotionStep, { next: 'Over' }>;

/** Observes the promotion, and leads the context to the app of the canonical; undefined: there is none to promote to. */
export async function openPromotion(context: PreparedContext, journal: RunJournal): Promise<Promotion | undefined> {
  const target = await promotionTarget(context, journal.promotionMemory?.place);
  if (!target) return undefined;
  const memory = journal.promotionMemory ?? newMemory(context.services);
  journal.promotionMemory = memory;
  memory.place ??= target.place;
  Object.assign(context, { domain: target.home.domain, home: target.home, applied: memory });
  return { journal, memory, target, facts: await observePromotion(context, journal, target) };
}

/** Performs what the plan chose, within its time, and notes in the draft what came of it. @throws as `runStep`. */
export async function runPromotionStep(
  context: PreparedContext,
  promotion: Promotion,
  act: Act,
): Promise<StepResult<StepOutcome>> {
  const { services } = context;
  const onApp = act.next === 'Step' && ON_APP.includes(act.step);
  context.remainingMs = remainingMs(context, promotion, act);
  const result = await runStep<StepOutcome>({
    site: context,
    clock: services.clock,
    remainingMs: context.remainingMs,
    late: () => lateIn(context, act.next === 'Step' || act.next === 'Undo' ? act.step : act.next),
    perform: () => perform(context, promotion, act),
    failureOf: (fault) => (act.next === 'Step' && !isCommitted(promotion.facts) ? failureOf(fault) : undefined),
    claims: ({ kind }) => onApp && kind === 'Next',
    look: async () => (onApp ? await services.platform.observe({ domain: context.domain }, context.signal) : undefined),
    changed: (change, seen) => failStage('ChangedByOthers', changeMessage(change, seen)),
    beside: (outcome) => outcome,
  });
  if ('outcome' in result) note(context, promotion, { act, outcome: result.outcome });
  return result;
}

function lateIn({ waitedFor }: PreparedContext, what: string): CcError {
  return new CcError('DeadlineExceeded', overMessage(`the deadline of ${what} is over`, waitedFor));
}

function changeMessage(change: string, seen: { outcome: StepOutcome } | { fault: unknown }): string {
  return 'fault' in seen ? `${change}; seen first: ${explainError(seen.fault)}` : change;
}

/** A fault of the system says nothing about version and data; undefined for one. */
function failureOf(fault: unknown): StepOutcome | undefined {
  if (isSystemFault(fault)) return undefined;
  const failure: PromotionFailure = hasCode(fault, 'NoSpace')
    ? 'DiskFloor'
    : hasCode(fault, 'DeadlineExceeded')
      ? 'DeadlineExceeded'
      : 'Failed';
  return failStage(failure, explainError(fault));
}

function note(context: PreparedContext, promotion: Promotion, done: { act: Act; outcome: StepOutcome }): void {
  const { act, outcome } = done;
  if (outcome.kind === 'End') failWith(context, promotion.journal, outcome.end);
  const memory = promotion.journal.promotionMemory;
  if (outcome.kind !== 'Next' || !memory?.steps) return;
  const { steps } = memory;
  if (act.next === 'Step') memory.steps = { ...steps, done: [...steps.done, act.step] };
  if (act.next === 'Undo') memory.steps = { ...steps, undone: [...steps.undone, act.step] };
  memory.stepStartedMs = context.services.clock.monotonicMs();
  delete memory.fault;
}

function failWith(context: PreparedContext, journal: RunJournal, { reason = 'Failed', message = '' }: StageEnd): void {
  const failure = PROMOTION_FAILURES.find((one) => one === reason);
  const found = failure === undefined ? { found: reason } : {};
  fail(context, journal, { failure: failure ?? 'Failed', message: context.mask.text(message), ...found });
}

async function perform(context: PreparedContext, promotion: Promotion, act: Act): Promise<StepOutcome> {
  const { target, journal, memory } = promotion;
  const { services, signal } = context;
  switch (act.next) {
    case 'AcquireLease': {
      return acquire(context, target);
    }
    case 'Begin':
      return begin(context, journal, 1);
    case 'BeginAgain':
      await takeDown(services.platform, target.home.domain, signal);
      return begin(context, journal, act.begun);
    case 'Step':
      return performPromotionStep(context, promotion, act.step);
    case 'Fail': {
      const message = act.step === undefined ? memory.fault?.message : lateIn(context, act.step).message;
      fail(context, journal, { failure: act.reason, ...(message === undefined ? {} : { message }) });
      return { kind: 'Again' };
    }
    case 'Undo':
      return undo(context, promotion, act);
    case 'SkipAndRelease':
      await services.turns.release(target.knownGood.directory, target.holder);
      if (memory.steps) memory.steps = { ...memory.steps, skipped: act.reason };
      return { kind: 'Again' };
  }
}

async function acquire({ services, object }: PreparedContext, target: PromotionTarget): Promise<StepOutcome> {
  const { knownGood, holder, place } = target;
  const answer = await services.turns.acquire(knownGood.directory, leaseWaiter(object, holder.attempt));
  if (answer.state === 'Mine') return goOn;
  const by = answer.holder === undefined ? `place ${answer.position}` : `held by ${answer.holder}`;
  return { kind: 'Wait', afterMs: 1_000, waitingFor: `the lease of ${place.name}, ${by}` };
}

function begin({ services }: PreparedContext, journal: RunJournal, begun: number): StepOutcome {
  const steps = { operation: `g${randomUUID()}`, process: services.session, begun, done: [], undone: [] };
  const { place, canary } = journal.promotionMemory ?? {};
  const kept = { ...(place ? { place } : {}), ...(canary ? { canary } : {}) };
  journal.promotionMemory = { ...newMemory(services), ...kept, steps };
  return { kind: 'Again' };
}

/** These data are never known-good and are replaced before their next use: what cannot be taken out of them may stay. */
async function clearAsFarAsPossible(context: PreparedContext, { memory }: Promotion): Promise<void> {
  await orElse(clearKnownGood(context, memory), 'Conflict', ({ message }) =>
    context.services.log.warn('a canary stays in data that were not promoted', { error: message }),
  );
}

async function undo(context: PreparedContext, promotion: Promotion, act: Act & { next: 'Undo' }): Promise<StepOutcome> {
  const { target, facts } = promotion;
  const { services, signal, domain } = context;
  switch (act.step) {
    case 'SaveEvidence':
      await savePromotionEvidence(context, promotion);
      return goOn;
    case 'Undeploy':
      await takeDown(services.platform, domain, signal);
      await clearAsFarAsPossible(context, promotion);
      return goOn;
    case 'SettleVolumes':
      if (act.how === 'DestroyAndMarkMissing') {
        await services.platform.destroy({ domain }, signal);
        await target.knownGood.setVolumesState({ state: 'Missing' });
      } else await target.knownGood.setVolumesState(dirtied(facts.volumes, facts.knownGood?.id));
      return goOn;
    case 'ReleaseLease':
      await noteFailure(context, target);
      await services.turns.release(target.knownGood.directory, target.holder);
      return goOn;
  }
}

/** For the history of the Canonical, while its lease is held. */
async function noteFailure({ services, object, resolved }: PreparedContext, target: PromotionTarget): Promise<void> {
  const { version = '', commit } = resolved.head;
  const { name: run, uid } = object;
  const time = toTime(services.clock.now());
  await noteFailedPromotion(target.knownGood.directory, { version, commit, run, uid, time });
}
