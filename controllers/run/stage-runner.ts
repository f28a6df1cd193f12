import type { RunMode, StageName, StageResult } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { CcError, explainError, hasCode } from '../../lib/errors.ts';
import { runStep, type StepRun } from '../../lib/operation/run-step.ts';
import type { AppObservation } from '../../lib/platform/platform.ts';
import { explainFault, faultRule } from '../../lib/run-record/fault-rules.ts';
import { noteDeployed } from '../../lib/run-record/run-files.ts';
import { modeOf } from './run-operation.ts';
import { type Deadline, failStage, type Stage, type StageEnd, type StepContext, type StepOutcome } from './stage.ts';
import { stepsIn } from './stages/run-stages.ts';
import { lookAgain } from './steps/app-steps.ts';
import { diskFault, endStage } from './steps/failure-evidence.ts';
import { deadlineMessage } from './steps/timeouts.ts';

/** The deadline kind of a step; `Total` where there is no such step. Pure. */
export function deadlineOf(mode: RunMode, stage: StageName, step: number): Deadline {
  return stepsIn(mode, stage)[step]?.deadline ?? 'Total';
}

function ownSteps({ progress, stage }: Pick<StepContext, 'progress' | 'stage'>): Stage<StepContext>['steps'] {
  return stepsIn(modeOf(progress), stage);
}

/** What the reconciler does after a step: come back, or hand an infrastructure fault to the attempt. */
export type StepEffect =
  | { effect: 'Continue' }
  | { effect: 'Wait'; afterMs: number; waitingFor: string }
  | { effect: 'Yield' }
  | { effect: 'InfraFault'; error: unknown };

/**
 * Performs one step of a stage and puts what came of it into the drafts `memory` and `progress`. A fault of the recipe
 * ends the stage; one of the infrastructure is given back, for the attempt to be retried.
 * @throws CcError `Aborted` when the signal trips.
 */
export async function runStageStep(context: StepContext): Promise<StepEffect> {
  const { services, domain, signal } = context;
  const low = context.memory.cursor.step === 0 ? await diskFault(services.settings) : undefined;
  if (low) return { effect: 'InfraFault', error: low };
  const stage = openStage(context);
  try {
    const result = await services.usage.during({ domain, stage: context.stage }, signal, () =>
      runStep(stepOf(context)),
    );
    if ('fault' in result) return { effect: 'InfraFault', error: result.fault };
    return await settle(context, stage, result.outcome);
  } catch (error) {
    if (!hasCode(error, 'Unreachable', 'NoSpace')) throw error;
    return { effect: 'InfraFault', error };
  }
}

function stepOf(context: StepContext): StepRun<StepOutcome> {
  return {
    site: context,
    clock: context.services.clock,
    remainingMs: context.remainingMs,
    late: () => lateStep(context),
    perform: () => performStep(context),
    failureOf: stageFault,
    claims: (outcome) => claims(context, outcome),
    look: () => lookAtApp(context),
    changed: (change, seen) => changedByOthers(change, seen),
    beside: (outcome, app) => (resultOf(context, outcome) === 'Step' ? outcome : lookAgain(context, app, outcome)),
  };
}

/** A stage that was skipped says nothing; the last one ends beside the app all the same. */
function claims(context: StepContext, outcome: StepOutcome): boolean {
  const result = resultOf(context, outcome);
  return result !== 'Failed' && result !== 'None' && (result !== 'Skipped' || context.stage === 'Custom');
}

/** What an outcome makes of its stage; `Step`: one more step of it is done; `None`: nothing yet. */
function resultOf(context: StepContext, outcome: StepOutcome): StageEnd['result'] | 'Step' | 'None' {
  if (outcome.kind === 'End') return outcome.end.result;
  if (outcome.kind !== 'Next') return 'None';
  return context.memory.cursor.step + 1 >= ownSteps(context).length ? 'Passed' : 'Step';
}

/** The app under test; undefined: it was not deployed yet. @throws CcError as `Platform.observe`. */
async function lookAtApp(context: StepContext): Promise<AppObservation | undefined> {
  const { services, domain, applied, progress, signal } = context;
  if (applied.appliedMs === 0) return undefined;
  const observation = await services.platform.observe({ domain }, signal);
  noteDeployed(progress, observation.deployed);
  return observation;
}

/** One that was skipped says nothing of the app, whoever changed it. */
function changedByOthers(change: string, seen: { outcome: StepOutcome } | { fault: unknown }): StepOutcome {
  if ('fault' in seen) return failStage('ChangedByOthers', `${change}; seen first: ${explainError(seen.fault)}`);
  const { outcome } = seen;
  const skipped = outcome.kind === 'End' && outcome.end.result === 'Skipped';
  return skipped ? outcome : failStage('ChangedByOthers', change);
}

/** Nothing of the recipe runs while a run is prepared: what is late then is the source, or this machine. */
function lateStep({ stage, waitedFor }: Pick<StepContext, 'stage' | 'waitedFor'>): CcError {
  if (stage !== 'Prepare') return new CcError('DeadlineExceeded', deadlineMessage(waitedFor));
  const remedy = 'See how fast this machine reaches the source, or raise timeouts.deploy.';
  return new CcError('Unreachable', 'the source was not there in the time of a deploy', { remedy });
}

/** The stage in the draft, which starts if it has not: its first step is next, its deadlines count from now. */
export function openStage(context: StepContext): StageResult {
  const { progress, memory, services } = context;
  const stage = progress.stages.find((one) => one.name === context.stage);
  if (!stage) throw new CcError('Internal', `no stage ${context.stage} in this run`);
  // The cursor of another stage: the opening was shown, but could not be journaled.
  if (stage.result === 'Pending' || memory.cursor.stage !== context.stage) {
    Object.assign(stage, { result: 'Running', startTime: toTime(services.clock.now()) });
    memory.cursor = { stage: context.stage, step: 0 };
    memory.stepStartedMs = services.clock.monotonicMs();
  }
  return stage;
}

async function performStep(context: StepContext): Promise<StepOutcome> {
  const step = ownSteps(context)[context.memory.cursor.step];
  return step ? await step.run(context) : { kind: 'End', end: { result: 'Passed' } };
}

async function settle(context: StepContext, stage: StageResult, outcome: StepOutcome): Promise<StepEffect> {
  const { memory, services, mask } = context;
  if (outcome.kind === 'Wait')
    return { effect: 'Wait', afterMs: outcome.afterMs, waitingFor: mask.text(outcome.waitingFor) };
  if (outcome.kind === 'Yield') return { effect: 'Yield' };
  if (outcome.kind === 'Next') {
    memory.cursor = { stage: context.stage, step: memory.cursor.step + 1 };
    memory.stepStartedMs = services.clock.monotonicMs();
    if (memory.cursor.step >= ownSteps(context).length) await endStage(context, stage, { result: 'Passed' });
  }
  if (outcome.kind === 'End') await endStage(context, stage, outcome.end);
  return { effect: 'Continue' };
}

/** The fault of what is tested or of how it is described as a failure of its stage; undefined: the infrastructure's. */
function stageFault(error: unknown): StepOutcome | undefined {
  if (!(error instanceof CcError)) return undefined;
  const { blame, reason } = faultRule(error.code);
  return blame === 'Recipe' || blame === 'Configuration' ? failStage(reason, explainFault(error)) : undefined;
}
