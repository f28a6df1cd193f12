import type { CommonFailure, NextStep, OperationDefinition, OperationFacts, OperationJournal } from './operation.ts';

interface Planned<Step extends string, Back extends string, Failure extends string> {
  definition: OperationDefinition<Step, Back>;
  facts: OperationFacts<Step, Back, Failure>;
}

type Next<S extends string, B extends string, F extends string> = NextStep<S, B, F>;

/** The next step of an operation, from what is on disk and in the world, not from what was intended. Pure. */
export function nextStep<S extends string, B extends string, F extends string>(
  definition: OperationDefinition<S, B>,
  facts: OperationFacts<S, B, F>,
): Next<S, B, F> {
  const { journal, reached } = facts;
  const planned = { definition, facts };
  if (reached.state === 'Committed') return tidy(planned, reached.id);
  if (journal?.failure !== undefined) return undo(planned, journal, journal.failure);
  if (facts.ended !== undefined) return { next: 'Fail', reason: facts.ended };
  if (journal?.skipped !== undefined) return skip(facts, journal.skipped);
  if (!facts.wanted) return unwanted(facts, journal);
  if (facts.faults > definition.faults) return failed('Failed');
  if (journal === undefined || journal.done.length === 0) return beforeWork(planned, journal);
  if (reached.state === 'Overtaken') return failed('NotEligible');
  if (reached.state === 'Ready') return beforeCommit(planned, journal);
  if (facts.lease !== 'Mine') return failed('Failed');
  if (journal.process !== facts.process) return again(definition, journal);
  return work(planned, journal);
}

function failed(reason: CommonFailure): { next: 'Fail'; reason: CommonFailure } {
  return { next: 'Fail', reason };
}

/** The next step since it was begun; the world must show what the commit needs before that is made. */
function work<S extends string, B extends string, F extends string>(
  { definition, facts }: Planned<S, B, F>,
  journal: OperationJournal<S, B, F>,
): Next<S, B, F> {
  const { steps, commit } = definition;
  const step = steps.find((one) => !journal.done.includes(one));
  if (step === undefined || steps.indexOf(step) >= steps.indexOf(commit)) return failed('Failed');
  return inTime(facts, { next: 'Step', step, operation: journal.operation });
}

/** Nothing is committed for who is gone or going; what was begun goes the way of a failure. */
function unwanted<S extends string, B extends string, F extends string>(
  facts: OperationFacts<S, B, F>,
  journal: OperationJournal<S, B, F> | undefined,
): Next<S, B, F> {
  return journal === undefined || journal.begun === 0 ? skip(facts, 'NotEnrolled') : failed('NotEnrolled');
}

/** Nothing was touched since it was begun: eligibility counts, and once more when the lease is held. */
function beforeWork<S extends string, B extends string, F extends string>(
  planned: Planned<S, B, F>,
  journal: OperationJournal<S, B, F> | undefined,
): Next<S, B, F> {
  const { facts } = planned;
  if (!facts.eligibility.eligible) {
    // Begun before, it may have left things half-made: it goes the way of a failure.
    if (journal !== undefined && journal.begun > 1) return failed('NotEligible');
    return skip(facts, facts.eligibility.reason);
  }
  if (facts.lease !== 'Mine') return { next: 'AcquireLease' };
  return journal === undefined ? { next: 'Begin' } : work(planned, journal);
}

/** A step whose time is over is not taken, or not again. */
function inTime<S extends string, B extends string, F extends string>(
  { late }: OperationFacts<S, B, F>,
  step: Next<S, B, F> & { next: 'Step' },
): Next<S, B, F> {
  return late ? { next: 'Fail', reason: 'DeadlineExceeded', step: step.step } : step;
}

function beforeCommit<S extends string, B extends string, F extends string>(
  { definition, facts }: Planned<S, B, F>,
  { operation }: OperationJournal<S, B, F>,
): Next<S, B, F> {
  if (facts.lease !== 'Mine') return { next: 'AcquireLease' };
  return inTime(facts, { next: 'Step', step: definition.commit, operation });
}

function again<S extends string, B extends string, F extends string>(
  { begins }: OperationDefinition<S, B>,
  { begun }: OperationJournal<S, B, F>,
): Next<S, B, F> {
  return begun >= begins ? failed('CrashBudget') : { next: 'BeginAgain', begun: begun + 1 };
}

/** Past the point of no return only tidying is left, and it never changes the outcome. */
function tidy<S extends string, B extends string, F extends string>(
  { definition, facts }: Planned<S, B, F>,
  id: string,
): Next<S, B, F> {
  const { lease, journal, tidied } = facts;
  const { steps, commit } = definition;
  const isDone = (step: S): boolean => tidied[step] ?? journal?.done.includes(step) ?? false;
  const step = lease === 'Mine' ? steps.slice(steps.indexOf(commit) + 1).find((one) => !isDone(one)) : undefined;
  if (step === undefined) return { next: 'Over', outcome: 'Done', id };
  return { next: 'Step', step, operation: journal?.operation ?? id };
}

/** What was touched goes back step by step, the lease last; of what was not, the lease alone. */
function undo<S extends string, B extends string, F extends string>(
  { definition, facts }: Planned<S, B, F>,
  { begun, done, undone }: OperationJournal<S, B, F>,
  reason: string,
): Next<S, B, F> {
  const untouched = begun === 0 || (begun === 1 && done.length === 0 && !facts.touched);
  const furthest = Math.max(-1, ...undone.map((one) => definition.back.indexOf(one)));
  const step = untouched ? definition.back.at(-1) : definition.back[furthest + 1];
  const over = { next: 'Over', outcome: 'Failed', reason } as const;
  if (facts.lease === 'Mine') return step === undefined ? over : { next: 'Undo', step };
  if (untouched || step === undefined) return over;
  // For who is gone nobody else can hold the lease for long: who took it from us has undone, or will.
  return facts.wanted ? { next: 'AcquireLease' } : over;
}

function skip<S extends string, B extends string, F extends string>(
  { lease }: OperationFacts<S, B, F>,
  reason: string,
): Next<S, B, F> {
  return lease === 'Mine' ? { next: 'SkipAndRelease', reason } : { next: 'Over', outcome: 'Skipped', reason };
}
