import type { StageName, StageState } from '../../lib/api/index.ts';
import type { OperationDefinition, OperationFacts } from '../../lib/operation/operation.ts';
import { INFRA_TRIES } from '../../lib/run-record/fault-rules.ts';
import type { RunProgress } from '../../lib/run-record/run-files.ts';
import type { RunJournal } from './journal.ts';
import type { RunFacts } from './plan.ts';

/** The tests of a cold run in their order. */
export const TEST_STAGES = ['Prepare', 'Lint', 'Install', 'Upgrade', 'Backup', 'Restore', 'Custom'] as const;

/** What a cold run does: nothing is tested twice once it is judged, and what follows never changes the verdict. */
const COLD_STEPS = ['Start', ...TEST_STAGES, 'Judge', 'Hold', 'TearDown', 'Promote', 'Finish'] as const;
export type ColdStep = (typeof COLD_STEPS)[number];

export const COLD_RUN: OperationDefinition<ColdStep, 'TearDown'> = {
  steps: COLD_STEPS,
  commit: 'Judge',
  back: ['TearDown'],
  /** Crashes of the controller that one run survives. */
  begins: 3,
  /** Faults that are not the recipe's; each takes an attempt of its own. */
  faults: INFRA_TRIES - 1,
};

type Facts = OperationFacts<ColdStep, 'TearDown', string>;

/** What is known of a run, as facts of its operation. The lease is the slot; why it may not begin is the reason. Pure. */
export function coldRunFacts(facts: RunFacts): Facts {
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
  const ended = TEST_STAGES.filter((name) => progress !== undefined && !isOpen(stateOf(progress, name)));
  return {
    operation: journal.attempts.at(-1)?.domain ?? '',
    process: isOurs(facts) ? facts.session : '',
    begun: Math.max(1, journal.crashes + (journal.stoppedGracefully ? 0 : 1)),
    done: ['Start', ...ended],
    undone: [],
    ...(journal.step === 'TearingDown' && !isJudged(journal) ? { failure: 'Left' } : {}),
  };
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
  return { state: TEST_STAGES.every((name) => isOver(stateOf(progress, name))) ? 'Ready' : 'Open' };
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
  return leftMs > 0 && leftMs <= retryAfterMs(COLD_RUN.faults) ? leftMs : 0;
}

export function stateOf(progress: RunProgress, stage: StageName): StageState {
  return progress.stages.find((entry) => entry.name === stage)?.result ?? 'Pending';
}

function isOpen(state: StageState): boolean {
  return state === 'Pending' || state === 'Running';
}
