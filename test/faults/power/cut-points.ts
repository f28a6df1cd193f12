/** The power cuts of a scenario: all of them looked at, some of them started on. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Prepared, recordingOf, runCut } from '../bench/bench.ts';
import { spread } from '../matrix/plan.ts';
import type { ScenarioName } from '../matrix/point.ts';
import type { PointRecord } from '../matrix/results.ts';
import { looseAt, lossesOf, treeAfter } from './cuts.ts';
import type { Disk } from './disk.ts';
import { historyOf } from './history.ts';
import { readRecording } from './recording.ts';
import { type Cut, surveyOf, writeTree } from './survey.ts';

/** What is needed to run the cuts of a scenario. */
export interface RecordedScenario {
  scenario: ScenarioName;
  disk: Disk;
  /** The place before the recording. */
  before: string;
}

/** Records the scenario where that was not done yet. */
export async function recordScenario(
  directory: string,
  prepared: Prepared,
  scenario: ScenarioName,
): Promise<RecordedScenario> {
  const recording = await recordingOf(directory, prepared, scenario);
  const before = join(recording, 'before');
  return { scenario, before, disk: historyOf(readRecording(join(recording, 'record')), before) };
}

/** Looks at every tree that a cut may leave; the result is one record. Also gives the cuts that leave different trees. */
export function surveyScenario({ scenario, disk }: RecordedScenario): { record: PointRecord; distinct: Cut[] } {
  const started = performance.now();
  const { moments, variants, distinct, problems } = surveyOf(disk);
  const id = `${scenario}:cut:${moments} moments, ${variants} variants, ${distinct.length} different trees`;
  const seconds = Math.round((performance.now() - started) / 1000);
  return {
    record: {
      id,
      result: problems.length === 0 ? 'Same' : 'Wrong',
      problems: problems.slice(0, 20),
      starts: 0,
      seconds,
    },
    distinct,
  };
}

/** So many of the cuts, the same each time. Pure. */
export function chosenCuts(cuts: readonly Cut[], count: number): Cut[] {
  return cuts.toSorted((a, b) => spread(`${a.at} ${a.loss}`) - spread(`${b.at} ${b.loss}`)).slice(0, count);
}

/** Id of a start on a cut. Pure. */
export function cutId(scenario: ScenarioName, { at, loss }: Cut): string {
  return `${scenario}:cut:${at}:${loss}`;
}

/** Starts a controller on what a cut left. @throws Error where there is no such loss at that moment. */
export async function startOnCut(
  prepared: Prepared,
  { scenario, disk, before }: RecordedScenario,
  cut: Cut,
  evidence: string,
): Promise<PointRecord> {
  const loss = lossesOf(looseAt(disk, cut.at), cut.at).find(({ name }) => name === cut.loss);
  if (loss === undefined) throw new Error(`no loss ${cut.loss} at ${cut.at} of ${scenario}`);
  const tree = mkdtempSync(join(tmpdir(), 'cc-ci-tree-'));
  try {
    for (const name of ['specs', 'state']) writeTree(treeAfter(disk, cut.at, loss), tree, name);
    const record = await runCut(prepared, { id: cutId(scenario, cut), scenario, tree, place: before }, evidence);
    if (record.result === 'Wrong')
      cpSync(tree, join(evidence, `tree-${cut.at}-${cut.loss}`), { recursive: true, verbatimSymlinks: true });
    return record;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
