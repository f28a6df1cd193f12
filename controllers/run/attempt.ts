import type { StageResult } from '../../lib/api/index.ts';
import { runDomain } from '../../lib/app/domain.ts';
import { toTime } from '../../lib/clock.ts';
import { blameOf } from '../../lib/run-record/blame.ts';
import { explainFault } from '../../lib/run-record/fault-rules.ts';
import type { RunOutcome } from '../../lib/run-record/run-end.ts';
import { expectedDeploys, newProgress, type ResolvedRun } from '../../lib/run-record/run-files.ts';
import { isHonestSkip, levelOf, unmetTests, verdictOf } from '../../lib/run-record/verdict.ts';
import { shownDependency } from './dependencies/dependency.ts';
import { interruptOpenStages, lastEvidence } from './end-tests.ts';
import { type AttemptMemory, currentAttempt } from './journal.ts';
import { isToBeHeld, type RunAction } from './plan.ts';
import { runSpec } from './spec-changes.ts';
import { maskOf, type RunPass, type RunServices, stepContext } from './stage.ts';

/**
 * Journals the next attempt. Its first step claims the domain: nothing external exists before both, and where the claim
 * cannot be had the attempt ends with nothing to tear down.
 */
export async function startAttempt(pass: RunPass, number: number): Promise<void> {
  const { services, object, journal } = pass;
  const { clock, settings, session, store } = services;
  const domain = runDomain(runSpec(object).recipe, object.uid, number, settings.zone);
  // What fell back once stays cold.
  pass.progress = newProgress(number, pass.resolved?.mode ?? runSpec(object).mode);
  const resources = [{ kind: 'App', domain }] as const;
  journal.attempts.push({ number, domain, resources, startTime: toTime(clock.now()) });
  Object.assign(journal, { step: 'Testing', session, tornDown: false, memory: newMemory(services) });
  delete journal.retryAt;
  delete journal.teardown;
  delete journal.outcome;
  await pass.save();
  const message = `attempt ${number} at ${domain}`;
  await store.event(object, { type: 'Normal', reason: 'AttemptStarted', message });
}

function newMemory({ clock }: RunServices): AttemptMemory {
  const now = clock.monotonicMs();
  return {
    cursor: { stage: 'Prepare', step: 0 },
    attemptStartedMs: now,
    stepStartedMs: now,
    appliedMs: 0,
    up: false,
    seeded: false,
    testIndex: 0,
  };
}

/** Notes a fault that is not the recipe's: the plan gives the attempt up. */
export async function noteFault(pass: RunPass, error: unknown): Promise<void> {
  const { journal, services, object } = pass;
  const message = (await maskOf(pass)).text(explainFault(error));
  const cause = error instanceof Error ? (error.stack ?? '') : '';
  services.log.warn('infrastructure fault in a run', { run: object.name, error: message, cause });
  journal.fault = { message };
  await pass.save();
}

type Abandon = RunAction & { type: 'AbandonAttempt' };

/** Ends an attempt that a crash, a stop of the controller or a fault of the ground cut off; its teardown follows. */
export async function abandonAttempt(pass: RunPass, action: Abandon): Promise<void> {
  const { journal, progress, services } = pass;
  const { message } = journal.fault ?? {};
  interruptOpenStages(progress, pass, message);
  if (action.reason === 'InfraFault') await countFault(pass, action);
  if (action.reason === 'Crash') journal.crashes += 1;
  if (action.after === 'End') {
    const budget = `CrashBudget: the controller died ${journal.crashes} times during the run`;
    journal.outcome = { reason: 'InfraError', message: message ?? budget, blame: 'Infra', level: 0 };
  }
  delete journal.stoppedGracefully;
  delete journal.fault;
  delete journal.yielded;
  const attempt = currentAttempt(journal);
  if (attempt) Object.assign(attempt, { endTime: toTime(services.clock.now()), reason: action.reason });
  Object.assign(journal, { step: 'TearingDown', afterTeardown: action.after });
  await pass.save();
}

/** Says it to people, and how long the next attempt waits. */
async function countFault(run: RunPass, abandon: Abandon & { reason: 'InfraFault' }): Promise<void> {
  const { journal, services, object } = run;
  const { after, retryAfterMs } = abandon;
  const message = journal.fault?.message ?? '';
  const reason = after === 'End' ? 'InfraError' : 'InfraFault';
  const told = after === 'End' ? message : `${message} (tried again)`;
  await services.store.event(object, { type: 'Warning', reason, message: told });
  journal.infraRetries += 1;
  if (after === 'NextAttempt') journal.retryAt = services.clock.now() + retryAfterMs;
}

/** Journals the verdict; what follows never changes it. */
export async function judge(pass: RunPass): Promise<void> {
  const { journal, progress, resolved, services } = pass;
  const { dependencies = [] } = currentAttempt(journal) ?? {};
  const expected = expectedDeploys(dependencies.map(shownDependency));
  const count = progress?.deploys ?? expected;
  journal.outcome = outcomeOf(progress?.stages ?? [], resolved, { count, expected });
  if (journal.memory && journal.memory.appliedMs > 0) await lastEvidence(await stepContext(pass, 'Teardown', 0));
  const attempt = currentAttempt(journal);
  if (attempt) attempt.endTime = toTime(services.clock.now());
  const hold = isToBeHeld(journal, pass);
  journal.afterTeardown = 'End';
  journal.step = hold ? 'Holding' : 'TearingDown';
  if (hold) journal.holdUntilRunningMs = services.store.runningMs() + pass.holdOnFailureMs;
  await pass.save();
}

export interface Deploys {
  /** What the platform showed. */
  count: number;
  expected: number;
}

/** What a passed quick run says of itself. */
const QUICK = ' of a quick run, low confidence: only a cold run is authoritative';

const ONE_DEPLOY: Deploys = { count: 1, expected: 1 };

/** Verdict, level and blame of the tests. Pure. */
export function outcomeOf(
  stages: readonly StageResult[],
  resolved: ResolvedRun | undefined,
  deploys = ONE_DEPLOY,
): RunOutcome {
  const declared = (resolved?.ci.tests ?? []).map(({ name, required }) => ({ name, required }));
  const expected = resolved?.ci.expectedSkips ?? [];
  const tests = stages.filter((stage) => stage.name !== 'Teardown' && stage.name !== 'Promote');
  const verdict = verdictOf(tests, declared) ?? 'Failed';
  const level = levelOf(stages, expected);
  if (verdict === 'Passed' && deploys.count !== deploys.expected) return miscounted(deploys, level);
  if (verdict === 'Passed') {
    const message = `${passedMessage(level, tests, expected)}${resolved?.mode === 'Quick' ? QUICK : ''}`;
    return { reason: 'Passed', verdict, level, message };
  }
  const failed = tests.find((stage) => stage.result === 'Failed');
  if (failed)
    return {
      reason: 'Failed',
      verdict,
      level,
      message: `${failed.name}: ${failed.message ?? failed.reason ?? ''}`,
      blame: blameOf(failed.reason),
    };
  return skippedOutcome(stages, declared, level);
}

/** What was not one deployment all along was not tested as one: somebody, or we, put it there anew. */
function miscounted({ count, expected }: Deploys, level: number): RunOutcome {
  const message = `${count} deploys were seen, ${expected} expected: what passed was not one deployment`;
  return { reason: 'Failed', verdict: 'Failed', level, message, blame: 'Infra' };
}

/** Required tests that were skipped make the run fail. */
function skippedOutcome(
  stages: readonly StageResult[],
  declared: readonly { name: string; required: boolean }[],
  level: number,
): RunOutcome {
  const names = unmetTests(stages, declared);
  const notServed = stages.some((stage) =>
    stage.tests?.some((test) => names.includes(test.name) && test.reason === 'DependencyNotServed'),
  );
  const message = `required tests were skipped: ${names.join(', ')}${notServed ? ' (DependencyNotServed)' : ''}`;
  return { reason: 'Failed', verdict: 'Failed', level, message, blame: notServed ? 'Configuration' : 'Recipe' };
}

function passedMessage(
  level: number,
  stages: readonly StageResult[],
  expected: Parameters<typeof isHonestSkip>[1],
): string {
  const capped = stages.filter(
    (stage) => stage.result === 'Unverified' || (stage.result === 'Skipped' && !isHonestSkip(stage, expected)),
  );
  const because = capped
    .map((stage) => `${stage.name} ${stage.result}${stage.reason ? `/${stage.reason}` : ''}`)
    .join(', ');
  return because === '' ? `level ${level}` : `level ${level}, capped by ${because}`;
}
