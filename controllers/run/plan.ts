import type { StageName, StageState } from '../../lib/api/index.ts';
import { INFRA_TRIES } from '../../lib/run-record/fault-rules.ts';
import type { RunProgress } from '../../lib/run-record/progress.ts';
import type { AttemptMemory, RunJournal } from './journal.ts';

/** Crashes of the controller that one run survives. */
export const CRASH_BUDGET = 3;
/** Retries after faults that are not the recipe's. */
export const INFRA_RETRIES = INFRA_TRIES - 1;
/** Back-off before the first of them, milliseconds; doubled for each further one. */
export const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = FIRST_RETRY_MS * 2 ** INFRA_RETRIES;

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
  /** Place in the queue, 0 = may start now. */
  queue: { position: number; reason: string };
  timeouts: { totalMs: number; stepMs: number };
  holdOnFailureMs: number;
  ttlAfterFinishedMs: number;
  /** Created by us below the state directory: file and object go with the artifacts. */
  created: boolean;
}

export type RunAction =
  | { type: 'Rest'; reason: string; afterMs?: number }
  | { type: 'WaitForSlot'; position: number; reason: string }
  | { type: 'WaitForRetry'; afterMs: number }
  | { type: 'StartAttempt'; number: number }
  | { type: 'AbandonAttempt'; reason: 'Crash' | 'Shutdown' }
  | { type: 'EndTests'; reason: 'Cancelled' | 'TimedOut' }
  | { type: 'RunStep'; stage: StageName; step: number }
  | { type: 'SkipStage'; stage: StageName; reason: string; message: string }
  | { type: 'FailStage'; stage: StageName; reason: 'DeadlineExceeded' }
  | { type: 'Judge' }
  | { type: 'EndHold'; reason: string }
  | { type: 'TearDown' }
  | { type: 'Promote' }
  | { type: 'Finish' }
  | { type: 'RemoveArtifacts' }
  | { type: 'Remove' };

/** The tests of a cold run in their order; Teardown and Promote follow. */
export const TEST_STAGES = ['Prepare', 'Lint', 'Install', 'Upgrade', 'Backup', 'Restore', 'Custom'] as const;

/** Decides the one next act of a run. Pure. */
export function planRun(facts: RunFacts): RunAction {
  const { journal } = facts;
  switch (journal.step) {
    case 'Ended':
      return planEnded(facts);
    case 'Pending':
      return planPending(facts);
    case 'Testing':
      return planTesting(facts);
    case 'Holding':
      return planHolding(facts);
    case 'TearingDown':
      return { type: 'TearDown' };
    case 'Promoting':
      return { type: 'Promote' };
  }
}

function planEnded(facts: RunFacts): RunAction {
  const { journal } = facts;
  if (!journal.collected && !journal.artifactsRemoved) return { type: 'Finish' };
  if (!journal.tornDown) return { type: 'TearDown' };
  if (facts.deletion === 'Started' || facts.deletion === 'Destroying') return { type: 'Remove' };
  const age = facts.runningMs - (journal.endedRunningMs ?? facts.runningMs);
  if (age < facts.ttlAfterFinishedMs) {
    return { type: 'Rest', reason: 'ArtifactsExpire', afterMs: facts.ttlAfterFinishedMs - age };
  }
  if (facts.created) return { type: 'Remove' };
  return journal.artifactsRemoved ? { type: 'Rest', reason: 'Finished' } : { type: 'RemoveArtifacts' };
}

function planPending(facts: RunFacts): RunAction {
  const { journal } = facts;
  if (journal.cancel) return { type: 'EndTests', reason: 'Cancelled' };
  if (facts.suspended) return { type: 'Rest', reason: 'Suspended' };
  const backOffMs = retryWaitMs(journal, facts.now);
  if (backOffMs > 0) return { type: 'WaitForRetry', afterMs: backOffMs };
  if (facts.queue.position > 0) return { type: 'WaitForSlot', ...facts.queue };
  return { type: 'StartAttempt', number: journal.attempts.length + 1 };
}

/** Milliseconds of back-off that are left; a wall clock that was put back does not make them more. Pure. */
export function retryWaitMs({ retryAt = 0 }: Pick<RunJournal, 'retryAt'>, now: number): number {
  const leftMs = retryAt - now;
  return leftMs > 0 && leftMs <= MAX_RETRY_MS ? leftMs : 0;
}

function planTesting(facts: RunFacts): RunAction {
  const { journal, progress } = facts;
  const memory = journal.memory;
  if (journal.session !== facts.session || !memory || !progress) {
    // The last test had ended when the controller died: the verdict stands, nothing is tested twice.
    const ended = progress && memory && TEST_STAGES.every((name) => hasEnded(stateOf(progress, name)));
    return ended ? { type: 'Judge' } : { type: 'AbandonAttempt', reason: 'Crash' };
  }
  if (journal.cancel) return { type: 'EndTests', reason: 'Cancelled' };
  if (facts.monotonicMs - memory.attemptStartedMs > facts.timeouts.totalMs)
    return { type: 'EndTests', reason: 'TimedOut' };
  return planStage(memory, progress, facts);
}

function planStage(memory: AttemptMemory, progress: RunProgress, facts: RunFacts): RunAction {
  const stage = TEST_STAGES.find((name) => isOpen(stateOf(progress, name)));
  if (!stage) return { type: 'Judge' };
  if (memory.cursor.stage === stage && stateOf(progress, stage) === 'Running') {
    const late = facts.monotonicMs - memory.stepStartedMs > facts.timeouts.stepMs;
    if (late) return { type: 'FailStage', stage, reason: 'DeadlineExceeded' };
    return { type: 'RunStep', stage, step: memory.cursor.step };
  }
  const gate = gateOf(memory, progress, stage);
  return gate ? { type: 'SkipStage', stage, ...gate } : { type: 'RunStep', stage, step: 0 };
}

function planHolding(facts: RunFacts): RunAction {
  const { journal } = facts;
  if (journal.cancel) return { type: 'EndHold', reason: journal.cancel.reason };
  const left = (journal.holdUntilRunningMs ?? 0) - facts.runningMs;
  return left > 0 ? { type: 'Rest', reason: 'HeldForALook', afterMs: left } : { type: 'EndHold', reason: 'TimeIsOver' };
}

function stateOf(progress: RunProgress, stage: StageName): StageState {
  return progress.stages.find((entry) => entry.name === stage)?.result ?? 'Pending';
}

function isOpen(state: StageState): boolean {
  return state === 'Pending' || state === 'Running';
}

function hasEnded(state: StageState): boolean {
  return !isOpen(state) && state !== 'Interrupted';
}

interface Gate {
  reason: string;
  message: string;
}

/** Why a stage makes no sense after what happened before it, or undefined. Later stages run where they still can. */
function gateOf(memory: AttemptMemory, progress: RunProgress, stage: StageName): Gate | undefined {
  if (stage === 'Prepare') return undefined;
  if (stateOf(progress, 'Prepare') !== 'Passed')
    return { reason: 'PrepareFailed', message: 'the run could not be prepared' };
  if (stage === 'Lint' || stage === 'Install') return undefined;
  if (stateOf(progress, 'Install') !== 'Passed')
    return { reason: 'InstallFailed', message: 'nothing is installed to go on with' };
  if (!memory.up) {
    const failed = progress.stages.findLast((entry) => entry.result === 'Failed')?.name ?? 'Install';
    return { reason: `${failed}Failed`, message: `the app is not up since ${failed} failed` };
  }
  return stage === 'Restore' ? gateOfRestore(progress) : undefined;
}

function gateOfRestore(progress: RunProgress): Gate | undefined {
  const backup = progress.stages.find((entry) => entry.name === 'Backup');
  if (backup?.result === 'Skipped') {
    return { reason: backup.reason ?? 'NothingToTest', message: backup.message ?? 'there is no backup to restore' };
  }
  // An unverified one has a whole artifact, which lacks proof of some store.
  if (backup?.result === 'Passed' || backup?.result === 'Unverified') return undefined;
  return { reason: 'BackupFailed', message: 'there is no verified backup to restore' };
}
