import { mkdir, writeFile } from 'node:fs/promises';
import { parseDuration } from '../../../lib/api/duration.ts';
import type { DefaultedCheckTest, StageResult, TestResult } from '../../../lib/api/index.ts';
import { present } from '../../../lib/api/objects.ts';
import { maskStrings } from '../../../lib/checks/mask.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { readJunitDirectory } from '../../../lib/run-record/junit-reader.ts';
import { mergeCases } from '../../../lib/run-record/merge-tests.ts';
import { failStage, next, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';
import { askApp, runProfileCommand } from '../steps/commands.ts';
import { type CommandOutcome, neverRan } from '../steps/never-ran.ts';
import { testPage } from './page.ts';

/** The tests that the profile declares, one a step; without any, the page of the app. */
export const custom: Stage = { name: 'Custom', steps: [{ name: 'Test', deadline: 'Total', run: runNextTest }] };

async function runNextTest(context: PreparedContext): Promise<StepOutcome> {
  const tests = context.resolved.ci.tests ?? [];
  const stage = context.progress.stages.find((one) => one.name === 'Custom');
  if (!stage) return next;
  if (tests.length === 0) return await testPage(context, stage);
  const test = tests[context.memory.testIndex];
  if (!test) return judge(context, stage);
  const { results, logTail } = await runTest(context, test);
  stage.tests = [...(stage.tests ?? []), ...results];
  if (logTail.length > 0 && !stage.logTail) stage.logTail = logTail;
  context.memory.testIndex += 1;
  return { kind: 'Again' };
}

function judge({ memory }: PreparedContext, { tests = [], logTail }: StageResult): StepOutcome {
  const failed = tests.filter((one) => one.result === 'Failed');
  const first = failed[0];
  if (!first) return next;
  const unrun = memory.neverRan;
  const reason = unrun?.count === failed.length ? unrun.reason : 'TestsFailed';
  const message = `${failed.length} of ${tests.length} failed: ${first.name}: ${first.message ?? ''}`;
  return failStage(reason, message, logTail ? { logTail } : {});
}

interface Tested {
  results: TestResult[];
  logTail: string[];
}

async function runTest(context: PreparedContext, test: DefaultedCheckTest): Promise<Tested> {
  const given = (context.attempt.dependencies ?? []).map(({ as }) => as);
  const missing = (test.requires ?? []).find((name) => !given.includes(name));
  if (missing !== undefined) {
    const message = `DependencyNotServed: nothing in ci.dependsOn is called ${missing}`;
    return { results: [{ name: test.name, result: 'Skipped', reason: 'DependencyNotServed', message }], logTail: [] };
  }
  const timeoutMs = testTimeoutMs(context, test);
  if (test.http) return runHttpTest(context, test, timeoutMs);
  const outcome = await runProfileCommand(context, {
    name: test.name,
    command: test.command ?? [],
    from: test.from,
    timeoutMs,
  });
  if (outcome.reason === 'RecipeTestsNotAllowed' && !test.required) return skippedTest(test, outcome.message);
  noteNeverRan(context, outcome);
  const cases = outcome.artifacts ? await readJunitDirectory(outcome.artifacts) : [];
  const results = mergeCases({ test: resultOf(test, outcome), cases: maskStrings(cases, context.mask) });
  return { results, logTail: outcome.result === 'Failed' ? outcome.logTail : [] };
}

/** A test that is not required and may not run says so, and reddens nothing. */
function skippedTest({ name }: DefaultedCheckTest, message: string): Tested {
  const reason = 'RecipeTestsNotAllowed';
  return { results: [{ name, result: 'Skipped', reason, message: `${reason}: ${message}` }], logTail: [] };
}

function noteNeverRan({ memory }: PreparedContext, outcome: CommandOutcome): void {
  const reason = neverRan(outcome);
  if (reason === undefined) return;
  memory.neverRan = { count: (memory.neverRan?.count ?? 0) + 1, reason: memory.neverRan?.reason ?? reason };
}

function resultOf(test: DefaultedCheckTest, outcome: CommandOutcome): TestResult {
  const { result, durationMs, reason, message } = outcome;
  const told = present({ reason, message: result === 'Passed' ? undefined : message });
  return { name: test.name, result, durationSeconds: seconds(durationMs), ...told };
}

async function runHttpTest(context: PreparedContext, test: DefaultedCheckTest, timeoutMs: number): Promise<Tested> {
  const { services, mask, directories } = context;
  const started = services.clock.monotonicMs();
  const { path = '/', status, contains } = test.http ?? {};
  const check = await askApp(context, path, {
    timeoutMs: Math.max(1, Math.min(timeoutMs, context.remainingMs, 60_000)),
    ...present({ status, contains }),
  });
  const text = mask.text([check.message, check.evidence].filter(Boolean).join('; '));
  await mkdir(directories.logs, { recursive: true });
  await writeFile(joinInside(directories.logs, `custom-${test.name}.log`), `${text}\n`);
  const durationSeconds = seconds(services.clock.monotonicMs() - started);
  const result: TestResult = check.ok
    ? { name: test.name, result: 'Passed', durationSeconds }
    : { name: test.name, result: 'Failed', durationSeconds, message: text };
  return { results: [result], logTail: [] };
}

function testTimeoutMs(context: PreparedContext, test: DefaultedCheckTest): number {
  return parseDuration(test.timeout ?? context.resolved.spec.timeouts?.test ?? context.resolved.ci.timeouts.test);
}

function seconds(durationMs: number): number {
  return Math.round(durationMs) / 1000;
}
