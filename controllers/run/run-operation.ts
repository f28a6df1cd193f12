import type { RunMode, StageName, StageState } from '../../lib/api/index.ts';
import type { OperationDefinition, OperationFacts } from '../../lib/operation/operation.ts';
import { INFRA_TRIES } from '../../lib/run-record/fault-rules.ts';
import type { RunProgress } from '../../lib/run-record/run-files.ts';
import type { RunJournal } from './journal.ts';
import type { RunFacts } from './plan.ts';

/** The tests of a run in their order, by its mode. */
export const TEST_STAGES = {
  Cold: ['Prepare', 'Lint', 'Install', 'Upgrade', 'Backup', 'Restore', 'Custom'],
  Quick: ['Prepare', 'Reattach', 'Upgrade', 'Custom'],
} as const satisfies Record<RunMode, readonly StageName[]>;
export type TestStage = (typeof TEST_STAGES)[RunMode][number];

export type RunStep = 'Start' | TestStage | 'Judge' | 'Hold' | 'TearDown' | 'Promote' | 'Finish';

const OF_ALL = {
  /** Nothing is tested twice once it is judged, and what follows never changes the verdict. */
  commit: 'Judge',
  back: ['TearDown'],
  /** Crashes of the controller that one run survives. */
  begins: 3,
  /** Faults that are not the recipe's; each takes an attempt of its own. */
  faults: INFRA_TRIES - 1,
} as const;

/** What a run does, by its mode. A quick one never promotes. */
export const RUN_OPERATIONS: Readonly<Record<RunMode, OperationDefinition<RunStep, 'TearDown'>>> = {
  Cold: { ...OF_ALL, steps: ['Start', ...TEST_STAGES.Cold, 'Judge', 'Hold', 'TearDown', 'Promote', 'Finish'] },
  Quick: { ...OF_ALL, steps: ['Start', ...TEST_STAGES.Quick, 'Judge', 'Hold', 'TearDown', 'Finish'] },
};

/** The mode that an attempt is made in; before the first one nothing depends on it. Pure. */
export function modeOf(progress: Pick<RunProgress, 'mode'> | undefined): RunMode {
  return progress?.mode ?? 'Cold';
}

type Facts = OperationFacts<RunStep, 'TearDown', string>;

/** What is known of a run, as facts of its operation. The lease is the slot; why it may not begin is the reason. Pure. */
export function runOperationFacts(facts: RunFacts): Facts {
  const { journal, queue } = facts;
  const waits = journal.step === 'Pending';
  const attempt = waits ? {} : { journal: attemptOf(facts) };
  return {
    ...attempt,
    process: facts.session,
    reached: reached(facts),
    lease: waits && queue.position > 0 ? 'Other' : 'Mine',
    // What another process has begun is given up first: its verdict may stand.
    wanted: journal.cancel === undefined || (journal.step === 'Testing' && !isOurs(facts)),
    eligibility: eligibility(facts),
    faults: 0,
    ...(isLate(facts) ? { late: true } : {}),
    touched: !waits,
    tidied: { Hold: journal.step !== 'Holding', TearDown: journal.step === 'Promoting' },
  };
}

function attemptOf(facts: RunFacts): NonNullable<Facts['journal']> {
  const { journal, progress } = facts;
  const ended = testStages(facts).filter((name) => progress !== undefined && !isOpen(stateOf(progress, name)));
  return {
    operation: journal.attempts.at(-1)?.domain ?? '',
    process: isOurs(facts) ? facts.session : '',
    begun: Math.max(1, journal.crashes + (journal.stoppedGracefully ? 0 : 1)),
    done: ['Start', ...ended],
    undone: [],
    ...(journal.step === 'TearingDown' && !isJudged(journal) ? { failure: 'Left' } : {}),
  };
}

function testStages({ progress }: Pick<RunFacts, 'progress'>): readonly TestStage[] {
  return TEST_STAGES[modeOf(progress)];
}

/** This process has begun the attempt, and knows all of it. */
function isOurs({ journal, progress, session }: RunFacts): boolean {
  return journal.session === session && journal.memory !== undefined && progress !== undefined;
}

function isJudged({ step, outcome }: RunJournal): boolean {
  return step === 'Holding' || step === 'Promoting' || (step === 'TearingDown' && outcome?.verdict !== undefined);
}

/** Where the last test had ended when the controller died, the verdict stands: nothing is tested twice. */
function reached(facts: RunFacts): Facts['reached'] {
  const { journal, progress } = facts;
  if (isJudged(journal)) return { state: 'Committed', id: journal.attempts.at(-1)?.domain ?? '' };
  if (journal.step !== 'Testing' || !journal.memory || !progress) return { state: 'Open' };
  const isOver = (state: StageState): boolean => !isOpen(state) && (isOurs(facts) || state !== 'Interrupted');
  return { state: testStages(facts).every((name) => isOver(stateOf(progress, name))) ? 'Ready' : 'Open' };
}

function eligibility({ journal, suspended, now }: RunFacts): Facts['eligibility'] {
  if (suspended) return { eligible: false, reason: 'Suspended' };
  return retryWaitMs(journal, now) > 0 ? { eligible: false, reason: 'InfraFault' } : { eligible: true };
}

function isLate(facts: RunFacts): boolean {
  const { journal, monotonicMs, timeouts } = facts;
  if (journal.step !== 'Testing' || !isOurs(facts)) return false;
  return monotonicMs - (journal.memory?.attemptStartedMs ?? 0) > timeouts.totalMs;
}

/** Back-off before the first retry after a fault, milliseconds; doubled for each further one. */
const FIRST_RETRY_MS = 5_000;

/** Milliseconds between the fault of an attempt and the next one, after so many retries. Pure. */
export function retryAfterMs(retries: number): number {
  return FIRST_RETRY_MS * 2 ** retries;
}

/** Milliseconds of back-off that are left; a wall clock that was put back does not make them more. Pure. */
export function retryWaitMs({ retryAt = 0 }: Pick<RunJournal, 'retryAt'>, now: number): number {
  const leftMs = retryAt - now;
  return leftMs > 0 && leftMs <= retryAfterMs(OF_ALL.faults) ? leftMs : 0;
}

/** Whether another attempt follows a fault, after so many retries. Pure. */
export function isLastTry(retries: number): boolean {
  return retries >= OF_ALL.faults;
}

export function stateOf(progress: RunProgress, stage: StageName): StageState {
  return progress.stages.find((entry) => entry.name === stage)?.result ?? 'Pending';
}

function isOpen(state: StageState): boolean {
  return state === 'Pending' || state === 'Running';
}
