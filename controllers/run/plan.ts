import type { RunMode, StageName, StageReason } from '../../lib/api/index.ts';
import { nextStep } from '../../lib/operation/next-step.ts';
import type { NextStep } from '../../lib/operation/operation.ts';
import type { RunProgress } from '../../lib/run-record/run-files.ts';
import type { AttemptMemory, RunJournal } from './journal.ts';
import type { QueuePlace } from './queue/admission.ts';
import {
  isLastTry,
  modeOf,
  RUN_OPERATIONS,
  type RunStep,
  retryAfterMs,
  retryWaitMs,
  runOperationFacts,
  stateOf,
  type TestStage,
} from './run-operation.ts';

/** Everything a decision is made from; read anew in each pass. Durations in milliseconds. */
export interface RunFacts {
  journal: RunJournal;
  /** Stage results of the attempt under way. */
  progress: RunProgress | undefined;
  session: string;
  /** Milliseconds since the epoch. */
  now: number;
  monotonicMs: number;
  runningMs: number;
  suspended: boolean;
  deletion: 'None' | 'Missing' | 'Started' | 'Destroying';
  queue: QueuePlace;
  timeouts: { totalMs: number; stepMs: number; teardownMs: number };
  holdOnFailureMs: number;
  ttlAfterFinishedMs: number;
  /** Its artifacts are to go before their time: those of enough later runs are kept. */
  expired: boolean;
  /** Created by us below the state directory: file and object go with the artifacts. */
  created: boolean;
}

export type RunAction =
  | { type: 'Rest'; reason: 'Suspended' | 'HeldForALook' | 'ArtifactsExpire' | 'Finished'; afterMs?: number }
  | ({ type: 'WaitForSlot' } & QueuePlace)
  | { type: 'WaitForRetry'; afterMs: number }
  | { type: 'StartAttempt'; number: number }
  | { type: 'AbandonAttempt'; reason: 'Crash' | 'Shutdown' | 'LeaseHeld'; after: Afterwards }
  | { type: 'AbandonAttempt'; reason: 'InfraFault'; after: Afterwards; retryAfterMs: number }
  | { type: 'EndTests'; reason: 'Cancelled' | 'TimedOut' }
  | { type: 'RunStep'; stage: StageName; step: number }
  | { type: 'SkipStage'; stage: StageName; reason: StageReason; message: string }
  | { type: 'FailStage'; stage: StageName; reason: 'DeadlineExceeded' }
  | { type: 'Judge' }
  | { type: 'EndHold'; reason: string }
  | { type: 'TearDown' }
  | { type: 'GiveUpTeardown' }
  | { type: 'Promote' }
  | { type: 'Finish' }
  | { type: 'RemoveArtifacts' }
  | { type: 'Remove' };

/** What follows the teardown of an attempt that is given up. */
type Afterwards = 'NextAttempt' | 'End';

/** Decides the one next act of a run. Pure. */
export function planRun(facts: RunFacts): RunAction {
  const { journal } = facts;
  if (journal.step === 'Ended') return planEnded(facts);
  if (journal.step === 'Testing' && journal.yielded)
    return { type: 'AbandonAttempt', reason: 'LeaseHeld', after: 'NextAttempt' };
  if (journal.step === 'Testing' && journal.fault) return abandonForFault(journal);
  return actionOf(nextStep(RUN_OPERATIONS[modeOf(facts.progress)], runOperationFacts(facts)), facts);
}

function actionOf(next: NextStep<RunStep, 'TearDown', string>, facts: RunFacts): RunAction {
  const { journal, queue } = facts;
  switch (next.next) {
    case 'AcquireLease':
      return { type: 'WaitForSlot', ...queue };
    case 'Begin':
      return { type: 'StartAttempt', number: journal.attempts.length + 1 };
    case 'BeginAgain':
      return { type: 'AbandonAttempt', reason: journal.stoppedGracefully ? 'Shutdown' : 'Crash', after: 'NextAttempt' };
    case 'Step':
      return planStep(next.step, facts);
    case 'Fail':
      if (next.reason === 'CrashBudget') return { type: 'AbandonAttempt', reason: 'Crash', after: 'End' };
      return { type: 'EndTests', reason: next.reason === 'DeadlineExceeded' ? 'TimedOut' : 'Cancelled' };
    case 'Undo':
      return planTearDown(facts);
    case 'SkipAndRelease':
    case 'Over':
      return planWaiting(facts);
  }
}

/** What has not begun rests, waits or is cancelled; what is left of another one is torn down. */
function planWaiting(facts: RunFacts): RunAction {
  const { journal, suspended, now } = facts;
  if (journal.step !== 'Pending') return planTearDown(facts);
  if (journal.cancel) return { type: 'EndTests', reason: 'Cancelled' };
  if (suspended) return { type: 'Rest', reason: 'Suspended' };
  return { type: 'WaitForRetry', afterMs: retryWaitMs(journal, now) };
}

function planStep(step: RunStep, facts: RunFacts): RunAction {
  switch (step) {
    case 'Start':
      return { type: 'StartAttempt', number: facts.journal.attempts.length + 1 };
    case 'Judge':
    case 'Promote':
    case 'Finish':
      return { type: step };
    case 'Hold':
      return planHolding(facts);
    case 'TearDown':
      return planTearDown(facts);
    default:
      return planStage(step, facts);
  }
}

/** A fault that is not the recipe's: another attempt after a while, or none once there were enough. */
function abandonForFault({ infraRetries }: RunJournal): RunAction {
  const after = isLastTry(infraRetries) ? 'End' : 'NextAttempt';
  return { type: 'AbandonAttempt', reason: 'InfraFault', after, retryAfterMs: retryAfterMs(infraRetries) };
}

/** After the teardown's time the run ends without it; it is tried for ever. */
function planTearDown({ journal, runningMs, timeouts }: RunFacts): RunAction {
  const { tries, startedRunningMs } = journal.teardown ?? { tries: 0, startedRunningMs: runningMs };
  const late = tries > 0 && runningMs - startedRunningMs >= timeouts.teardownMs;
  return { type: late && journal.step !== 'Ended' ? 'GiveUpTeardown' : 'TearDown' };
}

function planEnded(facts: RunFacts): RunAction {
  const { journal } = facts;
  if (!journal.collected && !journal.artifactsRemoved) return { type: 'Finish' };
  if (!journal.tornDown) return planTearDown(facts);
  if (facts.deletion === 'Started' || facts.deletion === 'Destroying') return { type: 'Remove' };
  const age = facts.runningMs - (journal.endedRunningMs ?? facts.runningMs);
  if (age < facts.ttlAfterFinishedMs && facts.expired && !journal.artifactsRemoved) return { type: 'RemoveArtifacts' };
  if (age < facts.ttlAfterFinishedMs)
    return { type: 'Rest', reason: 'ArtifactsExpire', afterMs: facts.ttlAfterFinishedMs - age };
  if (facts.created) return { type: 'Remove' };
  return journal.artifactsRemoved ? { type: 'Rest', reason: 'Finished' } : { type: 'RemoveArtifacts' };
}

function planStage(stage: TestStage, facts: RunFacts): RunAction {
  const { journal, progress, monotonicMs, timeouts } = facts;
  const { memory } = journal;
  if (!memory || !progress) return { type: 'AbandonAttempt', reason: 'Crash', after: 'NextAttempt' };
  if (memory.cursor.stage === stage && stateOf(progress, stage) === 'Running') {
    const late = monotonicMs - memory.stepStartedMs > timeouts.stepMs;
    if (late) return { type: 'FailStage', stage, reason: 'DeadlineExceeded' };
    return { type: 'RunStep', stage, step: memory.cursor.step };
  }
  const gate = gateOf(memory, progress, stage);
  return gate ? { type: 'SkipStage', stage, ...gate } : { type: 'RunStep', stage, step: 0 };
}

/** Whether a run that was judged, or ran out of time, is kept for a look before it is torn down. Pure. */
export function isToBeHeld(
  { memory, outcome }: Pick<RunJournal, 'memory' | 'outcome'>,
  { holdOnFailureMs }: Pick<RunFacts, 'holdOnFailureMs'>,
): boolean {
  const wrong = outcome?.verdict === 'Failed' || outcome?.reason === 'TimedOut';
  return wrong && holdOnFailureMs > 0 && memory !== undefined && memory.appliedMs > 0;
}

function planHolding(facts: RunFacts): RunAction {
  const { journal } = facts;
  if (journal.cancel) return { type: 'EndHold', reason: journal.cancel.reason };
  const left = (journal.holdUntilRunningMs ?? 0) - facts.runningMs;
  return left > 0 ? { type: 'Rest', reason: 'HeldForALook', afterMs: left } : { type: 'EndHold', reason: 'TimeIsOver' };
}

interface Gate {
  reason: StageReason;
  message: string;
}

/** Stages after which the app may be down while the run goes on. */
const LEFT_DOWN: Partial<Readonly<Record<StageName, StageReason>>> = {
  Upgrade: 'UpgradeFailed',
  Backup: 'BackupFailed',
  Restore: 'RestoreFailed',
};

/** What deploys the app first, and why nothing follows where it failed. */
const FIRST_DEPLOY: Readonly<Record<RunMode, { stage: StageName; gate: Gate }>> = {
  Cold: { stage: 'Install', gate: { reason: 'InstallFailed', message: 'nothing is installed to go on with' } },
  Quick: { stage: 'Reattach', gate: { reason: 'ReattachFailed', message: 'the known-good is not up to go on with' } },
};

/** Why a stage makes no sense after what happened before it, or undefined. Later stages run where they still can. */
function gateOf(memory: AttemptMemory, progress: RunProgress, stage: StageName): Gate | undefined {
  if (stage === 'Prepare') return undefined;
  if (stateOf(progress, 'Prepare') !== 'Passed')
    return { reason: 'PrepareFailed', message: 'the run could not be prepared' };
  if (stage === 'Lint' || stage === 'Install' || stage === 'Reattach') return undefined;
  const first = FIRST_DEPLOY[modeOf(progress)];
  if (stateOf(progress, first.stage) !== 'Passed') return first.gate;
  if (!memory.up) {
    const failed = progress.stages.findLast((entry) => entry.result === 'Failed')?.name ?? first.stage;
    return { reason: LEFT_DOWN[failed] ?? first.gate.reason, message: `the app is not up since ${failed} failed` };
  }
  return stage === 'Restore' ? gateOfRestore(progress) : undefined;
}

function gateOfRestore(progress: RunProgress): Gate | undefined {
  const backup = progress.stages.find((entry) => entry.name === 'Backup');
  if (backup?.result === 'Skipped')
    return { reason: backup.reason ?? 'NothingToTest', message: backup.message ?? 'there is no backup to restore' };
  // An unverified one has a whole artifact, which lacks proof of some store.
  if (backup?.result === 'Passed' || backup?.result === 'Unverified') return undefined;
  return { reason: 'BackupFailed', message: 'there is no verified backup to restore' };
}
