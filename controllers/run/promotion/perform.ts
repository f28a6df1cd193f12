import { present } from '../../../lib/api/objects.ts';
import { toTime } from '../../../lib/clock.ts';
import { explainError } from '../../../lib/errors.ts';
import { nextPromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import { progressPath, resolvedPath } from '../../../lib/run-record/run-files.ts';
import { type Outcome, requeueAfter } from '../../../lib/runtime/reconciler.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import type { ActionOptions } from '../actions.ts';
import { type PreparedContext, type RunPass, stepContext } from '../stage.ts';
import { isCommitted, toldBy } from './memory.ts';
import { openPromotion, type Promotion, runPromotionStep } from './promotion.ts';

/** Performs one step of the promotion of a green run; its failure or cancellation never changes the verdict. */
export async function performPromotion(run: RunPass, options: ActionOptions): Promise<Outcome> {
  const { journal } = run;
  const context = await promotionContext(run);
  context.waitedFor = options.waitedFor;
  await markRunning(run);
  const promotion = await openPromotion(context, journal);
  if (!promotion) return await end(run, { result: 'Skipped', reason: 'NotEnrolled' });
  const next = nextPromotionStep(promotion.facts);
  await options.decide(promotion.facts, next);
  if (next.next === 'Over') return await end(run, resultOf(context, next));
  const result = await runPromotionStep(context, promotion, next);
  if ('fault' in result) return await afterFault(run, context, { promotion, fault: result.fault });
  const { outcome } = result;
  const waitingFor = outcome.kind === 'Wait' ? context.mask.text(outcome.waitingFor) : undefined;
  options.waiting(waitingFor);
  if (outcome.kind === 'Wait') return requeueAfter(outcome.afterMs, waitingFor ?? '');
  await run.save();
  return requeueAfter(0, 'Promote');
}

function resultOf(
  { resolved }: PreparedContext,
  over: ReturnType<typeof nextPromotionStep> & { next: 'Over' },
): NonNullable<RunPass['journal']['promotion']> {
  const version = resolved.head.version === undefined ? {} : { version: resolved.head.version };
  if (over.outcome === 'Done') return { result: 'Promoted', ...version, generation: over.id };
  return { result: over.outcome, reason: over.reason };
}

/** How long a step that there is no way back from, or one of the way back, waits for its next try, milliseconds. */
const AGAIN_MS = 5_000;

/** A fault says nothing about version and data: the step is tried again, as often as the plan lets it. */
async function afterFault(
  run: RunPass,
  context: PreparedContext,
  { promotion, fault }: { promotion: Promotion; fault: unknown },
): Promise<Outcome> {
  const { journal, services, object } = run;
  const message = context.mask.text(explainError(fault));
  services.log.warn('a step of a promotion failed', { run: object.name, error: message });
  const memory = journal.promotionMemory ?? promotion.memory;
  const count = (memory.fault?.count ?? 0) + 1;
  memory.fault = { count, message };
  await showFault(run, message);
  if (memory.steps?.failure || isCommitted(promotion.facts)) return requeueAfter(AGAIN_MS, message);
  const key = { kind: 'Run', name: object.name } as const;
  if (count === 1) await services.store.event(key, { type: 'Warning', reason: 'PromotionRetrying', message });
  return requeueAfter(1_000 * 2 ** Math.min(count - 1, 5), message);
}

async function showFault(run: RunPass, message: string): Promise<void> {
  const stage = run.progress?.stages.find((one) => one.name === 'Promote');
  if (stage) Object.assign(stage, { message, startTime: stage.startTime ?? toTime(run.services.clock.now()) });
  await run.save();
}

async function promotionContext(run: RunPass): Promise<PreparedContext> {
  const { resolved, services, directories } = run;
  if (!resolved) throw lostRecord(resolvedPath(directories.root));
  if (!run.progress) throw lostRecord(progressPath(directories.root));
  // Each step is given its own time.
  const context = await stepContext(run, 'Promote', 0);
  return Object.assign(context, { resolved, mirror: services.mirrors.of(resolved.recipe, resolved.source) });
}

/** What was tested cannot be told without it: the promotion neither goes on nor back, and keeps its lease. */
function lostRecord(path: string): DamagedRecord {
  return new DamagedRecord(path, new Error(`${path} is lost or cannot be read while its run promotes`));
}

async function markRunning(run: RunPass): Promise<void> {
  const stage = run.progress?.stages.find((one) => one.name === 'Promote');
  if (stage?.result !== 'Pending') return;
  Object.assign(stage, { result: 'Running', startTime: toTime(run.services.clock.now()) });
  await run.save();
}

async function end(run: RunPass, result: NonNullable<RunPass['journal']['promotion']>): Promise<Outcome> {
  const { journal, progress, services, resolved } = run;
  journal.promotion = result;
  const text = journal.promotionMemory && toldBy(journal.promotionMemory);
  const stage = progress?.stages.find((one) => one.name === 'Promote');
  const states = { Promoted: 'Passed', Skipped: 'Skipped', Failed: 'Failed' } as const;
  if (stage) {
    const { reason } = result;
    delete stage.message;
    const told = present({ reason, message: text || undefined });
    Object.assign(stage, { result: states[result.result], ...told, endTime: toTime(services.clock.now()) });
  }
  if (resolved?.canonical) {
    const type = result.result === 'Failed' ? 'Warning' : 'Normal';
    const message = `run ${run.object.name}: ${result.version ?? result.reason ?? ''}${text ? `: ${text}` : ''}`;
    const key = { kind: 'Canonical', name: resolved.canonical.name } as const;
    await services.store.event(key, { type, reason: `Promotion${result.result}`, message });
  }
  await run.finish();
  return requeueAfter(0, 'Finished');
}
