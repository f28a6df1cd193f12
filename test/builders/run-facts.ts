import type { RunJournal } from '../../controllers/run/journal.ts';
import type { RunFacts } from '../../controllers/run/plan.ts';
import type { RunMode, StageName, StageResult } from '../../lib/api/index.ts';
import { newProgress, type RunProgress } from '../../lib/run-record/run-files.ts';
import { TIME } from './stored-object.ts';

/** Milliseconds since the epoch at which the facts of builders are read. */
export const NOW = Date.parse(TIME);

type Memory = NonNullable<RunJournal['memory']>;

/** What an attempt knows that has just begun. */
export function attemptMemory(overrides: Partial<Memory> = {}): Memory {
  return {
    cursor: { stage: 'Prepare', step: 0 },
    attemptStartedMs: 0,
    stepStartedMs: 0,
    appliedMs: 0,
    up: false,
    seeded: false,
    testIndex: 0,
    ...overrides,
  };
}

/** A run that has done nothing yet. */
export function runJournal(overrides: Partial<RunJournal> = {}): RunJournal {
  return {
    format: 1,
    step: 'Pending',
    session: 'this',
    attempts: [],
    crashes: 0,
    infraRetries: 0,
    tornDown: true,
    ...overrides,
  };
}

/** A run in the first attempt of this process. */
export function testingJournal(overrides: Partial<RunJournal> = {}): RunJournal {
  const attempts = [{ number: 1, domain: 'note-abcdef.example.org', startTime: TIME }];
  return runJournal({ step: 'Testing', attempts, tornDown: false, memory: attemptMemory(), ...overrides });
}

/** A run that is over, torn down and collected. */
export function endedJournal(overrides: Partial<RunJournal> = {}): RunJournal {
  return testingJournal({
    step: 'Ended',
    tornDown: true,
    outcome: { reason: 'Passed', verdict: 'Passed', level: 5, message: 'level 5' },
    endedRunningMs: 0,
    completionTime: TIME,
    collected: true,
    ...overrides,
  });
}

type Results = Partial<Record<StageName, StageResult['result'] | Partial<StageResult>>>;

/** The progress of a cold attempt; stages that are not named are pending. */
export function runProgress(results: Results = {}): RunProgress {
  return progressOf('Cold', results);
}

/** {@link runProgress} of a quick attempt. */
export function quickProgress(results: Results = {}): RunProgress {
  return progressOf('Quick', results);
}

function progressOf(mode: RunMode, results: Results): RunProgress {
  const progress = newProgress(1, mode);
  for (const stage of progress.stages) {
    const given = results[stage.name];
    Object.assign(stage, typeof given === 'string' ? { result: given } : (given ?? {}));
  }
  return progress;
}

/** All test stages passed. */
export const ALL_PASSED: Results = {
  Prepare: 'Passed',
  Lint: 'Passed',
  Install: 'Passed',
  Upgrade: 'Passed',
  Backup: 'Passed',
  Restore: 'Passed',
  Custom: 'Passed',
};

/** All test stages of a quick run passed. */
export const QUICK_PASSED: Results = { Prepare: 'Passed', Reattach: 'Passed', Upgrade: 'Passed', Custom: 'Passed' };

/** The facts of a pending run that may start now. */
export function runFacts(overrides: Partial<RunFacts> = {}): RunFacts {
  return {
    journal: runJournal(),
    progress: undefined,
    session: 'this',
    now: NOW,
    monotonicMs: 0,
    runningMs: 0,
    suspended: false,
    deletion: 'None',
    queue: { position: 0, reason: 'Slot' },
    timeouts: { totalMs: 3_600_000, stepMs: 600_000, teardownMs: 300_000 },
    holdOnFailureMs: 0,
    ttlAfterFinishedMs: 1_000_000,
    expired: false,
    created: false,
    ...overrides,
  };
}
