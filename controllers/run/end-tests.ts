import { toTime } from '../../lib/clock.ts';
import { overMessage } from '../../lib/deadline.ts';
import { orElse } from '../../lib/errors.ts';
import type { RunProgress } from '../../lib/run-record/run-files.ts';
import { levelOf } from '../../lib/run-record/verdict.ts';
import { lostProvider } from './dependencies/realm.ts';
import { currentAttempt } from './journal.ts';
import { isToBeHeld } from './plan.ts';
import { type RunPass, type StepContext, stepContext } from './stage.ts';
import { diskFault, evidenceOf, type StageEvidence } from './steps/failure-evidence.ts';
import { gatheredUsage, measureRunning } from './steps/usage-sampler.ts';

function duringStage(progress: RunProgress | undefined): string {
  const running = progress?.stages.find(({ result }) => result === 'Running');
  return running === undefined ? '' : `, in stage ${running.name}`;
}

/** Ends the tests without a verdict: a person cancelled, or the time of the whole run is over. */
export async function endTests(
  pass: RunPass,
  reason: 'Cancelled' | 'TimedOut',
  waitedFor: string | undefined,
): Promise<void> {
  const { journal, progress, services } = pass;
  const message =
    reason === 'Cancelled'
      ? `cancelled by ${journal.cancel?.by ?? 'deletion'}`
      : overMessage(`the time of the whole run is over${duringStage(progress)}`, waitedFor);
  const level = progress ? levelOf(progress.stages, pass.resolved?.ci.expectedSkips) : 0;
  const blame = reason === 'TimedOut' ? { blame: await blameOfTimeOut(pass) } : {};
  await measureRunning(pass);
  interruptOpenStages(progress, pass, message);
  journal.outcome = { reason, message, level, ...blame };
  const attempt = currentAttempt(journal);
  if (attempt && !journal.tornDown) attempt.endTime = toTime(services.clock.now());
  if (journal.tornDown) return pass.finish();
  const hold = isToBeHeld(journal, pass);
  Object.assign(journal, { step: hold ? 'Holding' : 'TearingDown', afterTeardown: 'End' });
  if (hold) journal.holdUntilRunningMs = services.store.runningMs() + pass.holdOnFailureMs;
  await pass.save();
}

/**
 * Saves what the app of a run that is out of time said last, before anything of it is killed. The time that went by
 * while the engine was gone, or after somebody else changed the app, is not the recipe's.
 */
async function blameOfTimeOut(pass: RunPass): Promise<'Recipe' | 'Infra'> {
  const stage = pass.progress?.stages.findLast((one) => one.result !== 'Pending');
  if (!stage || !pass.journal.memory) return 'Recipe';
  // Nothing of the recipe runs before: the time went to the source.
  if (stage.name === 'Prepare') return 'Infra';
  if (await diskFault(pass.services.settings)) return 'Infra';
  const context = await stepContext(pass, stage.name, 0);
  const found = await lastEvidence(context);
  if (found === 'Unreachable') return 'Infra';
  if (await lostProvider(context)) return 'Infra';
  const { changedByOthers, ...evidence } = found;
  if (stage.result === 'Running') Object.assign(stage, evidence);
  return changedByOthers === undefined ? 'Recipe' : 'Infra';
}

/** The last logs and tasks, saved; `Unreachable` where the engine is gone. @throws CcError `Aborted`. */
export async function lastEvidence(context: StepContext): Promise<StageEvidence | 'Unreachable'> {
  return await orElse(evidenceOf(context, {}), 'Unreachable', () => 'Unreachable' as const);
}

/** Ends in the draft what was running, without a verdict, with what was measured by then. */
export function interruptOpenStages(progress: RunProgress | undefined, pass: RunPass, message?: string): void {
  for (const stage of progress?.stages ?? []) {
    if (stage.result !== 'Running') continue;
    Object.assign(stage, {
      result: 'Interrupted',
      endTime: toTime(pass.services.clock.now()),
      ...(message ? { message } : {}),
      ...gatheredUsage(pass, stage),
    });
  }
}
