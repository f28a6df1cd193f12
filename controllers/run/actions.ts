import type { StageName, StageResult } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { CcError, orElse } from '../../lib/errors.ts';
import type { NextPromotionStep, PromotionFacts } from '../../lib/known-good/promotion-steps.ts';
import { done, type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { abandonAttempt, judge, noteFault, startAttempt } from './attempt.ts';
import { endTests } from './end-tests.ts';
import { removeRun } from './finish.ts';
import type { RunAction } from './plan.ts';
import { performPromotion } from './promotion/perform.ts';
import { type RunPass, type StepContext, stepContext } from './stage.ts';
import { openStage, runStageStep, type StepEffect } from './stage-runner.ts';
import { endStage } from './steps/failure-evidence.ts';
import { deadlineMessage } from './steps/timeouts.ts';
import { giveUpTeardown, performTeardown, removeWorkFiles } from './teardown.ts';

export interface ActionOptions {
  /** Until the deadline of the step or of the run, milliseconds. */
  remainingMs: number;
  /** What the run waited for when it was last looked at, the last probe for instance; masked. */
  waitedFor: string | undefined;
  /** Says what the run waits for, or that it waits no more. */
  waiting(text: string | undefined): void;
  /** Keeps what the plan of the promotion chose. */
  decide(inputs: PromotionFacts, action: NextPromotionStep): Promise<void>;
}

const again = (reason: string): Outcome => requeueAfter(0, reason);

/** Performs exactly one action of a run and says when to come back. */
export async function performRunAction(run: RunPass, action: RunAction, options: ActionOptions): Promise<Outcome> {
  switch (action.type) {
    case 'Rest':
      return action.afterMs === undefined ? done : requeueAfter(action.afterMs, action.reason);
    case 'WaitForSlot':
      return requeueAfter(5_000, action.reason);
    case 'WaitForRetry':
      return requeueAfter(action.afterMs, 'InfraFault');
    case 'RemoveArtifacts':
      await removeWorkFiles([run.directories.root]);
      run.journal.artifactsRemoved = true;
      await run.save();
      return done;
    case 'Remove':
      return removeRun(run);
    case 'TearDown':
      return performTeardown(run);
    case 'GiveUpTeardown':
      await giveUpTeardown(run);
      return again('TeardownFailed');
    case 'Promote':
      return performPromotion(run, options);
    case 'RunStep':
    case 'SkipStage':
    case 'FailStage':
      return performStage(run, action, options);
    default:
      return turn(run, action, options);
  }
}

/** Acts that only move the journal. */
async function turn(run: RunPass, action: RunAction, { waitedFor }: ActionOptions): Promise<Outcome> {
  switch (action.type) {
    case 'StartAttempt':
      await startAttempt(run, action.number);
      return again('AttemptStarted');
    case 'AbandonAttempt':
      await abandonAttempt(run, action);
      return again(action.reason);
    case 'EndTests':
      await endTests(run, action.reason, waitedFor);
      return again(action.reason);
    case 'Judge':
      await judge(run);
      return again('Judged');
    case 'EndHold':
      run.journal.step = 'TearingDown';
      run.journal.afterTeardown = 'End';
      await run.save();
      return again(action.reason);
    case 'Finish':
      await run.finish();
      return again('Finished');
    default:
      throw new CcError('Internal', `no act for ${action.type}`);
  }
}

/** A stage is seen to run before its first step, which may take long. */
async function showOpening(run: RunPass, context: StepContext): Promise<Outcome> {
  openStage(context);
  await run.save();
  return again('StageOpened');
}

type StageAction = RunAction & { type: 'RunStep' | 'SkipStage' | 'FailStage' };

async function performStage(run: RunPass, action: StageAction, options: ActionOptions): Promise<Outcome> {
  const context = await stepContext(run, action.stage, options.remainingMs);
  context.waitedFor = options.waitedFor;
  const stage = context.progress.stages.find((one) => one.name === action.stage);
  if (action.type === 'RunStep') {
    if (stage?.result === 'Pending') return showOpening(run, context);
    const effect = await runStageStep(context);
    run.resolved = context.resolved;
    options.waiting(effect.effect === 'Wait' ? effect.waitingFor : undefined);
    return await afterStep(run, action.stage, effect);
  }
  if (!stage) throw new CcError('Internal', `no stage ${action.stage}`);
  if (action.type === 'SkipStage') {
    const now = toTime(run.services.clock.now());
    const { reason, message } = action;
    Object.assign(stage, { result: 'Skipped', reason, message, startTime: now, endTime: now });
  } else {
    context.applied.up = false;
    const message = deadlineMessage(options.waitedFor);
    const fault = await failAtDeadline(context, stage, message);
    if (fault) {
      await noteFault(run, fault);
      return again(action.stage);
    }
  }
  await run.save();
  return again(action.type);
}

async function afterStep(run: RunPass, stage: StageName, effect: StepEffect): Promise<Outcome> {
  if (effect.effect === 'Wait') return requeueAfter(effect.afterMs, effect.waitingFor);
  if (effect.effect === 'Yield') run.journal.yielded = true;
  if (effect.effect === 'InfraFault') await noteFault(run, effect.error);
  else await run.save();
  return again(stage);
}

/** Ends a stage whose time is over; gives the fault where the engine or the room is gone, so that it says nothing of the recipe. */
async function failAtDeadline(context: StepContext, stage: StageResult, message: string): Promise<unknown> {
  const end = endStage(context, stage, { result: 'Failed', reason: 'DeadlineExceeded', message });
  return await orElse(end, ['Unreachable', 'NoSpace'], (error) => error);
}
