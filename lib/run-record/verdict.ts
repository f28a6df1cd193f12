import type {
  CheckTest,
  Confidence,
  ExpectedSkip,
  RunMode,
  StageName,
  StageResult,
  Verdict,
} from '../api/generated/types.ts';
import { NOTHING_TO_TEST } from './stages.ts';

/** 0 install failed · 1 install · 2 upgrade · 3 backup and restore · 4 custom · 5 lint. */
export type Level = 0 | 1 | 2 | 3 | 4 | 5;

/** How much the result of a run says: only a cold one gates a merge. Pure. */
export function confidenceOf(mode: RunMode): Confidence {
  return mode === 'Quick' ? 'Low' : 'High';
}

/** How a stage counts: it proved something, it honestly had nothing to prove, or the ladder ends here. */
type Rung = 'Passed' | 'HonestlySkipped' | 'Capped';

/** The stages of each rung, lowest first; of a group one stage is there, by the mode of the run. */
const LADDER: readonly { level: Level; stages: readonly (readonly StageName[])[] }[] = [
  { level: 1, stages: [['Install', 'Reattach']] },
  { level: 2, stages: [['Upgrade']] },
  { level: 3, stages: [['Backup'], ['Restore']] },
  { level: 4, stages: [['Custom']] },
  { level: 5, stages: [['Lint']] },
];

/**
 * The highest rung that passed while every lower one passed or was honestly skipped (nothing to test, or listed in
 * `expectedSkips`). A rung that was itself skipped is not reached, but does not stop the climb; every other skip,
 * `Unverified`, and a stage that is not there do. Pure.
 */
export function levelOf(stages: readonly StageResult[], expectedSkips: readonly ExpectedSkip[] = []): Level {
  let reached: Level = 0;
  for (const { level, stages: groups } of LADDER) {
    const rung = joinRungs(groups.map((group) => rungOf(group, stages, expectedSkips)));
    if (rung === 'Capped') return reached;
    if (rung === 'Passed') reached = level;
  }
  return reached;
}

/**
 * What keeps the level from being higher: the first stage above it that did not pass and was not skipped for having
 * nothing to test; undefined at the top, and where no stage that was made stands in the way. Pure.
 */
export function capOf(stages: readonly StageResult[], level: number): StageResult | undefined {
  const above = LADDER.filter((rung) => rung.level > level).flatMap((rung) => rung.stages.flat());
  const made = above.map((name) => stages.find((stage) => stage.name === name)).filter((stage) => stage !== undefined);
  return made.find((stage) => stage.result !== 'Passed' && !isHonestSkip(stage, []));
}

/** A skip that does not cap the level. Pure. */
export function isHonestSkip(stage: StageResult, expectedSkips: readonly ExpectedSkip[]): boolean {
  if (stage.result !== 'Skipped') return false;
  return stage.reason === NOTHING_TO_TEST || expectedSkips.some((skip) => skip.stage === stage.name);
}

function rungOf(
  names: readonly StageName[],
  stages: readonly StageResult[],
  expectedSkips: readonly ExpectedSkip[],
): Rung {
  const stage = stages.find(({ name }) => names.includes(name));
  if (stage?.result === 'Passed') return 'Passed';
  return stage && isHonestSkip(stage, expectedSkips) ? 'HonestlySkipped' : 'Capped';
}

function joinRungs(rungs: readonly Rung[]): Rung {
  if (rungs.includes('Capped')) return 'Capped';
  return rungs.includes('HonestlySkipped') ? 'HonestlySkipped' : 'Passed';
}

/** A test that the profile declares; required unless it says otherwise. */
export type DeclaredTest = Pick<CheckTest, 'name' | 'required'>;

/** Stages that say nothing about the recipe. */
const AFTER_THE_TESTS: readonly StageName[] = ['Teardown', 'Promote'];

/**
 * The verdict of the tests, whatever teardown and promotion do: undefined while a test stage has not ended (a pending,
 * running or interrupted one, or none at all). Failed: a failed stage or test, or a required test that did not pass:
 * failed, skipped, or never run. Other skips and `Unverified` lower the level only. Pure.
 */
export function verdictOf(stages: readonly StageResult[], declared: readonly DeclaredTest[] = []): Verdict | undefined {
  const counted = stages.filter(({ name }) => !AFTER_THE_TESTS.includes(name));
  if (counted.length === 0 || counted.some(isOpen)) return undefined;
  const failed = counted.some(
    (stage) => stage.result === 'Failed' || stage.tests?.some((one) => one.result === 'Failed'),
  );
  return failed || unmetTests(counted, declared).length > 0 ? 'Failed' : 'Passed';
}

/** Names of the required tests that did not pass: failed, skipped or never run. Pure. */
export function unmetTests(stages: readonly StageResult[], declared: readonly DeclaredTest[]): string[] {
  const results = stages.flatMap((stage) => stage.tests ?? []);
  const passed = (name: string): boolean => {
    const own = results.filter((test) => test.name === name);
    return own.length > 0 && own.every((test) => test.result === 'Passed');
  };
  return declared.filter(({ required, name }) => required !== false && !passed(name)).map(({ name }) => name);
}

function isOpen({ result }: StageResult): boolean {
  return result === 'Pending' || result === 'Running' || result === 'Interrupted';
}
