import type { StageName, StageReason, StageResult } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { CcError, explainError, hasCode } from '../../lib/errors.ts';
import { runStep, type StepRun } from '../../lib/operation/run-step.ts';
import type { AppObservation } from '../../lib/platform/platform.ts';
import { blameOf } from '../../lib/run-record/blame.ts';
import { noteDeployed } from '../../lib/run-record/deploys.ts';
import { explainFault, faultRule } from '../../lib/run-record/fault-rules.ts';
import { withLastWords } from '../../lib/run-record/last-words.ts';
import { deadlineMessage } from './deadline.ts';
import {
  failStage,
  type PreparedContext,
  type Stage,
  type StageEnd,
  type StepContext,
  type StepOutcome,
} from './stage.ts';
import { backup } from './stages/backup.ts';
import { custom } from './stages/custom.ts';
import { install } from './stages/install.ts';
import { lint } from './stages/lint.ts';
import { prepare } from './stages/prepare.ts';
import { restore } from './stages/restore.ts';
import { upgrade } from './stages/upgrade.ts';
import { diskFault } from './steps/disk-floor.ts';
import { type Evidence, explainedByOthers, foundWithoutApp, saveEvidence } from './steps/failure-evidence.ts';
import { lookAgain } from './steps/last-look.ts';
import { lastUsage } from './steps/stage-usage.ts';

const PREPARED: readonly Stage[] = [lint, install, upgrade, backup, restore, custom];

/** The deadline kind of a step; `Total` where there is no such step. Pure. */
export function deadlineOf(stage: StageName, step: number): 'Deploy' | 'Health' | 'Test' | 'Total' {
  const steps = stage === 'Prepare' ? prepare.steps : PREPARED.find((one) => one.name === stage)?.steps;
  return steps?.[step]?.deadline ?? 'Total';
}

/** What the reconciler does after a step: come back, or hand an infrastructure fault to the attempt. */
export type StepEffect =
  | { effect: 'Continue' }
  | { effect: 'Wait'; afterMs: number; waitingFor: string }
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
  return context.memory.cursor.step + 1 >= stepsOf(context.stage) ? 'Passed' : 'Step';
}

/** The app under test; undefined: it was not deployed yet. @throws CcError as `Platform.observe`. */
async function lookAtApp({
  services,
  domain,
  applied,
  progress,
  signal,
}: StepContext): Promise<AppObservation | undefined> {
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
  return new CcError('Unreachable', 'the source was not there in the time of a deploy', {
    remedy: 'See how fast this machine reaches the source, or raise timeouts.deploy.',
  });
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
  const index = context.memory.cursor.step;
  if (context.stage === 'Prepare') {
    const step = prepare.steps[index];
    return step ? step.run(context) : { kind: 'End', end: { result: 'Passed' } };
  }
  const step = PREPARED.find((one) => one.name === context.stage)?.steps[index];
  return step ? step.run(prepared(context)) : { kind: 'End', end: { result: 'Passed' } };
}

function prepared(context: StepContext): PreparedContext {
  const { resolved, services } = context;
  if (!resolved) throw new CcError('Internal', `stage ${context.stage} without what Prepare resolved`);
  return Object.assign(context, { resolved, mirror: services.mirrors.of(resolved.recipe, resolved.source) });
}

async function settle(context: StepContext, stage: StageResult, outcome: StepOutcome): Promise<StepEffect> {
  const { memory, services, mask } = context;
  if (outcome.kind === 'Wait') {
    return { effect: 'Wait', afterMs: outcome.afterMs, waitingFor: mask.text(outcome.waitingFor) };
  }
  if (outcome.kind === 'Next') {
    memory.cursor = { stage: context.stage, step: memory.cursor.step + 1 };
    memory.stepStartedMs = services.clock.monotonicMs();
    if (memory.cursor.step >= stepsOf(context.stage)) await endStage(context, stage, { result: 'Passed' });
  }
  if (outcome.kind === 'End') await endStage(context, stage, outcome.end);
  return { effect: 'Continue' };
}

function stepsOf(stage: StageName): number {
  const steps = stage === 'Prepare' ? prepare.steps : PREPARED.find((one) => one.name === stage)?.steps;
  return steps?.length ?? 0;
}

/** Reasons of Install that say nothing about the version that was installed, beside those that blame no recipe. */
const NOT_THE_BASE: readonly (StageReason | undefined)[] = ['InstallHookFailed', 'SeedFailed'];

/** A base that does not come up is no fault of the tested commit: says so, and how to choose another. Pure. */
function namedBase(stage: string, end: StageEnd, resolved: StepContext['resolved']): StageEnd {
  const { reason, message = '' } = end;
  if (stage !== 'Install' || end.result !== 'Failed' || NOT_THE_BASE.includes(reason)) return end;
  if (blameOf(reason) !== 'Recipe') return end;
  if (!resolved || resolved.base.from === 'None') return end;
  const base = resolved.base.version ?? resolved.base.commit.slice(0, 10);
  const told = `the base ${base} does not come up: ${reason}: ${message}`;
  const remedy = 'Choose another base with ci.upgrade.base.';
  return { ...end, reason: 'BaseInstallFailed', message: `${told}${/[.!?]$/.test(told) ? '' : '.'} ${remedy}` };
}

/**
 * Ends a stage in the draft; of a failed one the logs are saved first, before anything is killed. A failure of an app
 * that somebody else changed or removed meanwhile is told as that.
 * @throws CcError `Aborted`; `Unreachable`: the engine is gone, or `NoSpace`: the disk is below its floor, so that the
 * failure says nothing about the recipe.
 */
export async function endStage(context: StepContext, stage: StageResult, ended: StageEnd): Promise<void> {
  const found = ended.result === 'Failed' ? await evidenceOf(context, ended) : {};
  const { changedByOthers, ...evidence } = found;
  const told = explainedByOthers(ended, changedByOthers === undefined ? {} : { changedByOthers });
  if (mayComeOfDisk(told)) throwIfAny(await diskFault(context.services.settings));
  const end = namedBase(stage.name, withLastWords(told, evidence.logTail), context.resolved);
  if (end.reason === 'ChangedByOthers') context.applied.up = false;
  const { services, mask } = context;
  const message = end.message === undefined ? {} : { message: mask.text(end.message) };
  const endTime = toTime(services.clock.now());
  Object.assign(stage, end, evidence, message, await lastUsage(context, end), { endTime });
}

/** A failure that is the recipe's unless there was no room to succeed. */
function mayComeOfDisk({ result, reason }: StageEnd): boolean {
  return result === 'Failed' && !foundWithoutApp(reason) && blameOf(reason) === 'Recipe';
}

function throwIfAny(fault: CcError | undefined): void {
  if (fault) throw fault;
}

/**
 * Saves the logs and tasks of a stage's app, to be called before anything is killed; gives service and last lines, and
 * what others did to an app that was deployed. What cannot be saved is logged: the failure itself counts more.
 * @throws CcError `Aborted`, `Unreachable`.
 */
export async function evidenceOf(
  context: StepContext,
  end: Pick<StageEnd, 'service' | 'logTail'>,
): Promise<StageEvidence> {
  const { services, domain, directories, mask, signal, stage } = context;
  if (stage === 'Prepare' || stage === 'Lint') return {};
  try {
    const options = {
      platform: services.platform,
      domain,
      logs: directories.logs,
      stage,
      mask,
      signal,
    };
    return toldBy(await saveEvidence(options), end, context);
  } catch (error) {
    if (hasCode(error, 'Aborted', 'Unreachable')) throw error;
    services.log.warn('could not save the logs of a failed stage', {
      run: context.object.name,
      stage,
      error: explainError(error),
    });
    return {};
  }
}

/** What a stage's result is given of the evidence. */
export type StageEvidence = Pick<StageResult, 'service' | 'logTail'> & Pick<Evidence, 'changedByOthers'>;

function toldBy(
  { tails, changedByOthers }: Evidence,
  end: Pick<StageEnd, 'service' | 'logTail'>,
  { applied }: Pick<StepContext, 'applied'>,
): StageEvidence {
  const service = end.service ?? (tails.has('app') ? 'app' : [...tails.keys()][0]);
  const logTail = end.logTail?.length ? end.logTail : service === undefined ? [] : (tails.get(service) ?? []);
  return {
    ...(service === undefined ? {} : { service }),
    ...(logTail.length > 0 ? { logTail } : {}),
    ...(changedByOthers === undefined || applied.appliedMs === 0 ? {} : { changedByOthers }),
  };
}

/** The fault of what is tested or of how it is described as a failure of its stage; undefined: the infrastructure's. */
function stageFault(error: unknown): StepOutcome | undefined {
  if (!(error instanceof CcError)) return undefined;
  const { blame, reason } = faultRule(error.code);
  return blame === 'Recipe' || blame === 'Configuration' ? failStage(reason, explainFault(error)) : undefined;
}
