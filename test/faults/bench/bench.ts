/** Prepares what all points of a commit share, and runs points on it. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callsOf, planMatrix } from '../matrix/plan.ts';
import { type Point, pointId, SCENARIOS, type ScenarioName } from '../matrix/point.ts';
import type { PointRecord } from '../matrix/results.ts';
import type { End } from '../reader/verdict.ts';
import { compileShim } from './compile.ts';
import { runInNamespace } from './namespace.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** An unlucky order of calls may miss a site. */
const TRIES = 2;

/** What lies ready in the directory of a commit. */
export interface Prepared {
  library: string;
  /** The place after `enrol`. */
  enrolled: string;
  ends: Record<ScenarioName, End>;
  points: Point[];
}

/** The commit that is checked out, with `-changed` where files differ from it. */
export function commitHere(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'lib', 'controllers', 'schemas', 'test/faults');
  return git('rev-parse', '--short=12', 'HEAD') + (changed === '' ? '' : '-changed');
}

/** Runs each scenario once undisturbed; what an earlier call left in `directory` is used again. */
export async function prepare(directory: string, say: (line: string) => void): Promise<Prepared> {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { cwd: ROOT, stdio: 'inherit' });
  if (!existsSync(join(directory, 'prepared'))) {
    const temp = join(directory, `.preparing-${process.pid}`);
    mkdirSync(temp, { recursive: true });
    compileShim(temp);
    const [first, ...others] = SCENARIOS;
    await runUndisturbed(temp, first, say);
    const work = async (): Promise<void> => {
      for (let scenario = others.shift(); scenario !== undefined; scenario = others.shift())
        await runUndisturbed(temp, scenario, say);
    };
    await Promise.all([work(), work()]);
    if (existsSync(join(directory, 'prepared'))) rmSync(temp, { recursive: true });
    else renameSync(temp, join(directory, 'prepared'));
  }
  return loadPrepared(join(directory, 'prepared'));
}

async function runUndisturbed(directory: string, scenario: ScenarioName, say: (line: string) => void): Promise<void> {
  const { result, problems, seconds } = await runInNamespace({
    point: { scenario, mode: 'none', occurrence: 0, times: 1 },
    library: join(directory, 'shim.so'),
    enrolled: join(directory, 'enrol', 'place'),
    output: join(directory, scenario),
    keep: scenario === 'enrol' ? 'Always' : 'Wrong',
    record: false,
  });
  if (result !== 'Same') throw new Error(`${scenario} ends wrong without a fault: ${problems.join('; ')}`);
  say(`${scenario} undisturbed: ${seconds} s`);
}

function loadPrepared(directory: string): Prepared {
  const read = <T>(of: (scenario: ScenarioName) => T): Record<ScenarioName, T> =>
    Object.fromEntries(SCENARIOS.map((scenario) => [scenario, of(scenario)])) as Record<ScenarioName, T>;
  return {
    library: join(directory, 'shim.so'),
    enrolled: join(directory, 'enrol', 'place'),
    ends: read(
      (scenario) => (JSON.parse(readFileSync(join(directory, scenario, 'result.json'), 'utf8')) as { end: End }).end,
    ),
    points: planMatrix(read((scenario) => callsOf(readFileSync(join(directory, scenario, 'trace'), 'utf8')))),
  };
}

/** The directory of a recording of a scenario: `record` and the place `before` it; made where it is not there. */
export async function recordingOf(directory: string, prepared: Prepared, scenario: ScenarioName): Promise<string> {
  const recorded = join(directory, 'recorded', scenario);
  if (existsSync(recorded)) return recorded;
  const temp = join(directory, `.recording-${process.pid}`);
  const { library, enrolled } = prepared;
  const point: Point = { scenario, mode: 'none', occurrence: 0, times: 1 };
  const { result, problems } = await runInNamespace({
    point,
    library,
    enrolled,
    output: temp,
    keep: 'Always',
    record: true,
  });
  if (result !== 'Same') throw new Error(`${scenario} ends wrong while it is recorded: ${problems.join('; ')}`);
  mkdirSync(join(directory, 'recorded'), { recursive: true });
  renameSync(temp, recorded);
  return recorded;
}

/** Starts a controller on what a power cut left in `tree`. */
export async function runCut(
  prepared: Prepared,
  cut: { id: string; scenario: ScenarioName; tree: string; place: string },
  evidence: string,
): Promise<PointRecord> {
  const output = mkdtempSync(join(tmpdir(), 'cc-ci-point-'));
  try {
    const { library, enrolled, ends } = prepared;
    const point: Point = { scenario: cut.scenario, mode: 'none', occurrence: 0, times: 1 };
    const task = {
      point,
      library,
      enrolled,
      output,
      keep: 'Wrong',
      record: false,
      cut,
      wanted: ends[cut.scenario],
    } as const;
    const { result, problems, starts, seconds } = await runInNamespace(task);
    // Nothing failed, so no other end is honest.
    const isWrong = result !== 'Same';
    const record: PointRecord = { id: cut.id, result: isWrong ? 'Wrong' : 'Same', problems, starts, seconds };
    if (isWrong) keepEvidence(output, evidence, record);
    return record;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** Runs one point; what a wrong one left (place, log, trace) is kept below `evidence`. */
export async function runPoint(prepared: Prepared, point: Point, evidence: string): Promise<PointRecord> {
  for (let tries = 1; ; tries += 1) {
    const output = mkdtempSync(join(tmpdir(), 'cc-ci-point-'));
    try {
      const { library, enrolled, ends } = prepared;
      const task = {
        point,
        library,
        enrolled,
        output,
        keep: 'Wrong',
        record: false,
        wanted: ends[point.scenario],
      } as const;
      const { result, problems, starts, seconds } = await runInNamespace(task);
      const record = { id: pointId(point), result, problems, starts, seconds };
      if (result === 'NotReached' && tries < TRIES) continue;
      if (result === 'Wrong') keepEvidence(output, evidence, record);
      return record;
    } finally {
      rmSync(output, { recursive: true, force: true });
    }
  }
}

function keepEvidence(output: string, evidence: string, record: PointRecord): void {
  const directory = join(evidence, record.id.replace(/[^A-Za-z0-9#.-]+/g, '_').slice(0, 150));
  mkdirSync(evidence, { recursive: true });
  rmSync(directory, { recursive: true, force: true });
  cpSync(output, directory, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(directory, 'point.json'), JSON.stringify(record, undefined, 1));
}
