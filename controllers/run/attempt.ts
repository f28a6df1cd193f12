import type { StageResult } from '../../lib/api/index.ts';
import { runDomain } from '../../lib/app/domain.ts';
import { toTime } from '../../lib/clock.ts';
import { blameOf } from '../../lib/run-record/blame.ts';
import { expectedDeploys } from '../../lib/run-record/deploys.ts';
import { explainFault } from '../../lib/run-record/fault-rules.ts';
import { newProgress } from '../../lib/run-record/progress.ts';
import type { ResolvedRun as FrozenRun } from '../../lib/run-record/resolved.ts';
import type { RunOutcome } from '../../lib/run-record/run-end.ts';
import { isHonestSkip, levelOf, unmetTests, verdictOf } from '../../lib/run-record/verdict.ts';
import { interruptOpenStages, lastEvidence } from './end-tests.ts';
import { type AttemptMemory, currentAttempt } from './journal.ts';
import { maskOf, type RunPass, stepContext } from './pass.ts';
import { CRASH_BUDGET, FIRST_RETRY_MS, INFRA_RETRIES } from './plan.ts';
import type { RunServices } from './services.ts';
import { runSpec } from './spec-changes.ts';

/**
 * Journals the next attempt. Its first step claims the domain: nothing external exists before both, and where the claim
 * cannot be had the attempt ends with nothing to tear down.
 */
export async function startAttempt(pass: RunPass, number: number): Promise<void> {
  const { services, object, journal } = pass;
  const { clock, settings, session, store } = services;
  const domain = runDomain(runSpec(object).recipe, object.uid, number, settings.zone);
  pass.progress = newProgress(number, 'Cold');
  journal.attempts.push({ number, domain, startTime: toTime(clock.now()) });
  Object.assign(journal, { step: 'Testing', session, tornDown: false, memory: newMemory(services) });
  delete journal.retryAt;
  delete journal.teardown;
  delete journal.outcome;
  await pass.save();
  await store.event(
    { kind: 'Run', name: object.name },
    { type: 'Normal', reason: 'AttemptStarted', message: `attempt ${number} at ${domain}` },
  );
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

/** Ends an attempt that a crash or a stop of the controller cut off: teardown, then the next one within the budget. */
export async function abandonAttempt(pass: RunPass): Promise<void> {
  const { journal, progress } = pass;
  const stopped = journal.stoppedGracefully === true;
  const reason = stopped ? 'Shutdown' : 'Crash';
  if (!stopped) journal.crashes += 1;
  delete journal.stoppedGracefully;
  interruptOpenStages(progress, pass);
  const spent = journal.crashes >= CRASH_BUDGET;
  if (spent) {
    journal.outcome = {
      reason: 'InfraError',
      message: `CrashBudget: the controller died ${journal.crashes} times during the run`,
      blame: 'Infra',
      level: 0,
    };
  }
  await leaveAttempt(pass, reason, spent ? 'End' : 'NextAttempt');
}

/** An infrastructure fault: the attempt is torn down and tried again after a back-off, at most twice. */
export async function retryAfterFault(pass: RunPass, error: unknown): Promise<void> {
  const { journal, progress, services, object } = pass;
  const message = (await maskOf(pass)).text(explainFault(error));
  interruptOpenStages(progress, pass, message);
  const spent = journal.infraRetries >= INFRA_RETRIES;
  await services.store.event(
    { kind: 'Run', name: object.name },
    {
      type: 'Warning',
      reason: spent ? 'InfraError' : 'InfraFault',
      message: spent ? message : `${message} (tried again)`,
    },
  );
  services.log.warn('infrastructure fault in a run', {
    run: object.name,
    error: message,
    cause: error instanceof Error ? (error.stack ?? '') : '',
  });
  if (spent) journal.outcome = { reason: 'InfraError', message, blame: 'Infra', level: 0 };
  else journal.retryAt = services.clock.now() + FIRST_RETRY_MS * 2 ** journal.infraRetries;
  journal.infraRetries += 1;
  await leaveAttempt(pass, 'InfraFault', spent ? 'End' : 'NextAttempt');
}

async function leaveAttempt(pass: RunPass, reason: string, after: 'NextAttempt' | 'End'): Promise<void> {
  const { journal, services } = pass;
  const attempt = currentAttempt(journal);
  if (attempt) Object.assign(attempt, { endTime: toTime(services.clock.now()), reason });
  Object.assign(journal, { step: 'TearingDown', afterTeardown: after });
  await pass.save();
}

/** Journals the verdict; what follows never changes it. */
export async function judge(pass: RunPass): Promise<void> {
  const { journal, progress, frozen, services } = pass;
  const outcome = outcomeOf(progress?.stages ?? [], frozen, progress?.deploys);
  journal.outcome = outcome;
  if (journal.memory && journal.memory.appliedMs > 0) await lastEvidence(await stepContext(pass, 'Teardown', 0));
  const attempt = currentAttempt(journal);
  if (attempt) attempt.endTime = toTime(services.clock.now());
  const hold =
    outcome.verdict === 'Failed' &&
    pass.holdOnFailureMs > 0 &&
    journal.memory !== undefined &&
    progress !== undefined &&
    journal.memory.appliedMs > 0;
  journal.afterTeardown = 'End';
  journal.step = hold ? 'Holding' : 'TearingDown';
  if (hold) journal.holdUntilRunningMs = services.store.runningMs() + pass.holdOnFailureMs;
  await pass.save();
}

/** Verdict, level and blame of the tests; `deploys` is what the platform showed. Pure. */
export function outcomeOf(
  stages: readonly StageResult[],
  frozen: FrozenRun | undefined,
  deploys = expectedDeploys([]),
): RunOutcome {
  const declared = (frozen?.ci.tests ?? []).map(({ name, required }) => ({ name, required }));
  const expected = frozen?.ci.expectedSkips ?? [];
  const tests = stages.filter((stage) => stage.name !== 'Teardown' && stage.name !== 'Promote');
  const verdict = verdictOf(tests, declared) ?? 'Failed';
  const level = levelOf(stages, expected);
  if (verdict === 'Passed' && deploys !== expectedDeploys([])) return miscounted(deploys, level);
  if (verdict === 'Passed') return { reason: 'Passed', verdict, level, message: passedMessage(level, tests, expected) };
  const failed = tests.find((stage) => stage.result === 'Failed');
  if (failed) {
    const blame = blameOf({ outcome: 'Failed', ...(failed.reason ? { reason: failed.reason } : {}), verdict });
    return {
      reason: 'Failed',
      verdict,
      level,
      message: `${failed.name}: ${failed.message ?? failed.reason ?? ''}`,
      ...(blame ? { blame } : {}),
    };
  }
  return skippedOutcome(stages, declared, level);
}

/** What was not one deployment all along was not tested as one: somebody, or we, put it there anew. */
function miscounted(deploys: number, level: number): RunOutcome {
  const message = `the app was deployed ${deploys} times, ${expectedDeploys([])} expected: what passed was not one deployment`;
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
    stage.tests?.some((test) => names.includes(test.name) && test.message?.startsWith('DependencyNotServed')),
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
