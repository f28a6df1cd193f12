import { toTime } from '../../../lib/clock.ts';
import { CcError, explainError, hasCode, isSystemFault } from '../../../lib/errors.ts';
import type { PromotionFailure } from '../../../lib/known-good/promotion-steps.ts';
import { progressPath } from '../../../lib/run-record/progress.ts';
import { resolvedPath } from '../../../lib/run-record/resolved.ts';
import { type Outcome, requeueAfter } from '../../../lib/runtime/reconciler.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import type { ActionOptions } from '../actions.ts';
import { maskOf, type RunPass, stepContext } from '../pass.ts';
import type { PreparedContext } from '../stage.ts';
import { fail, newMemory } from './memory.ts';
import { promote } from './promotion.ts';

/** Performs one step of the promotion of a green run; its failure or cancellation never changes the verdict. */
export async function performPromotion(run: RunPass, options: ActionOptions): Promise<Outcome> {
  const { journal, pass } = run;
  const context = await promotionContext(run);
  context.waitedFor = options.waitedFor;
  await markRunning(run);
  if (journal.cancel) fail(context, journal, { failure: 'Cancelled' });
  try {
    const effect = await promote(context, journal, options.decide);
    options.waiting(effect.effect === 'Wait' ? context.mask.text(effect.waitingFor) : undefined);
    if (effect.effect === 'Over') return await end(run, effect.result);
    if (effect.effect === 'Continue') await run.save();
    return effect.effect === 'Wait' ? requeueAfter(effect.afterMs, effect.waitingFor) : requeueAfter(0, 'Promote');
  } catch (error) {
    if (pass.signal.aborted) throw error;
    return await promotionFault(run, context, error);
  }
}

/** System faults in a row after which a promotion is given up: with the waits between them about a minute. */
const MAX_FAULTS = 6;

/**
 * A fault of a step ends the promotion; the way back is tried again until it succeeds. A fault of the system says
 * nothing about version and data: the step is tried again first.
 */
async function promotionFault(run: RunPass, context: PreparedContext, error: unknown): Promise<Outcome> {
  const { journal, services, object } = run;
  const message = (await maskOf(run)).text(explainError(error));
  const steps = journal.promotionMemory?.steps;
  services.log.warn('a step of a promotion failed', { run: object.name, error: message });
  const faults = journal.promotionMemory?.faults ?? 0;
  if (isSystemFault(error) && faults < MAX_FAULTS && !steps?.failure) return await tryAgain(run, message, faults + 1);
  if (!steps) return await end(run, { result: 'Failed', reason: failureOf(error) }, message);
  if (steps.failure) {
    await showFault(run, message);
    return requeueAfter(5_000, message);
  }
  fail(context, journal, { failure: failureOf(error), message });
  await run.save();
  return requeueAfter(0, 'PromotionFailed');
}

function failureOf(error: unknown): PromotionFailure {
  if (hasCode(error, 'NoSpace')) return 'DiskFloor';
  return hasCode(error, 'DeadlineExceeded') ? 'DeadlineExceeded' : 'Failed';
}

async function tryAgain(run: RunPass, message: string, faults: number): Promise<Outcome> {
  const { journal, services, object } = run;
  journal.promotionMemory ??= newMemory(services);
  journal.promotionMemory.faults = faults;
  await showFault(run, message);
  const key = { kind: 'Run', name: object.name } as const;
  if (faults === 1) await services.store.event(key, { type: 'Warning', reason: 'PromotionRetrying', message });
  return requeueAfter(1_000 * 2 ** (faults - 1), message);
}

async function showFault(run: RunPass, message: string): Promise<void> {
  const stage = run.progress?.stages.find((one) => one.name === 'Promote');
  if (stage) Object.assign(stage, { message, startTime: stage.startTime ?? toTime(run.services.clock.now()) });
  await run.save();
}

async function promotionContext(run: RunPass): Promise<PreparedContext> {
  const { frozen, services, directories } = run;
  if (!frozen) throw lostRecord(resolvedPath(directories.root));
  if (!run.progress) throw lostRecord(progressPath(directories.root));
  // Each step is given its own time.
  const context = await stepContext(run, 'Promote', 0);
  return Object.assign(context, { frozen, mirror: services.mirrors.of(frozen.recipe, frozen.source) });
}

/** What was tested cannot be told without it: the promotion neither goes on nor back, and keeps its lease. */
function lostRecord(path: string): DamagedRecord {
  return new DamagedRecord(path, new CcError('Damaged', `${path} is lost or cannot be read while its run promotes`));
}

async function markRunning(run: RunPass): Promise<void> {
  const stage = run.progress?.stages.find((one) => one.name === 'Promote');
  if (stage?.result !== 'Pending') return;
  Object.assign(stage, { result: 'Running', startTime: toTime(run.services.clock.now()) });
  await run.save();
}

async function end(
  run: RunPass,
  result: NonNullable<RunPass['journal']['promotion']>,
  message?: string,
): Promise<Outcome> {
  const { journal, progress, services, frozen } = run;
  journal.promotion = result;
  const text = message ?? journal.promotionMemory?.message;
  const stage = progress?.stages.find((one) => one.name === 'Promote');
  const states = { Promoted: 'Passed', Skipped: 'Skipped', Failed: 'Failed' } as const;
  if (stage) {
    const reason = result.reason === undefined ? {} : { reason: result.reason };
    delete stage.message;
    Object.assign(stage, {
      result: states[result.result],
      ...reason,
      ...(text ? { message: text } : {}),
      endTime: toTime(services.clock.now()),
    });
  }
  if (frozen?.canonical) {
    const type = result.result === 'Failed' ? 'Warning' : 'Normal';
    await services.store.event(
      { kind: 'Canonical', name: frozen.canonical.name },
      {
        type,
        reason: `Promotion${result.result}`,
        message: `run ${run.object.name}: ${result.version ?? result.reason ?? ''}${text ? `: ${text}` : ''}`,
      },
    );
  }
  await run.finish();
  return requeueAfter(0, 'Finished');
}
