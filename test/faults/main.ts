/**
 * `npm run test:faults`: the fault matrix. Goes on where an earlier run of the same commit ended.
 * --slice i/n   points of one of n slices (default 1/1)     --jobs n      so many at a time (default 2)
 * --list        prints the points and how many there are    --minutes n   begins no point after that time
 * --point ID    one point, whatever is known of it          --again       points that ended wrong, once more
 * --results DIR instead of .faults/<commit>                 --summary     prints the table of what is known
 * --cuts n      power cuts instead: looks at all, starts a controller on n of each scenario
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sliceOf } from '../rig/slices.ts';
import { commitHere, type Prepared, prepare, runPoint } from './bench/bench.ts';
import { whyNotHere } from './bench/namespace.ts';
import { parsePoint, pointId, SCENARIOS } from './matrix/point.ts';
import { type PointRecord, Results, summaryOf } from './matrix/results.ts';
import { chosenCuts, cutId, recordScenario, startOnCut, surveyScenario } from './power/cut-points.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({
  options: {
    slice: { type: 'string', default: '1/1' },
    jobs: { type: 'string', default: '2' },
    minutes: { type: 'string' },
    results: { type: 'string', default: join(ROOT, '.faults', commitHere()) },
    list: { type: 'boolean', default: false },
    point: { type: 'string' },
    cuts: { type: 'string' },
    again: { type: 'boolean', default: false },
    summary: { type: 'boolean', default: false },
  },
});
/** Absolute: the points run elsewhere. */
const RESULTS = resolve(values.results);
const EVIDENCE = join(RESULTS, 'evidence');

/** A point of the matrix or a power cut, and how to run it. */
interface Task {
  id: string;
  run: () => Promise<PointRecord>;
}

function show({ id, result, problems, seconds, starts }: PointRecord): void {
  console.log(`${result.padEnd(10)} ${String(seconds).padStart(5)} s ${starts} starts  ${id}`);
  for (const problem of problems) console.log(`    ${problem.slice(0, 2000)}`);
}

async function runAll(tasks: readonly Task[], results: Results): Promise<void> {
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes);
  // What had to be looked at before, for power cuts every tree, counts for nothing: it would be done in vain.
  const limit = performance.now() + minutes * 60_000;
  const waiting = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined && performance.now() < limit; task = waiting.shift()) {
      const record = await task.run();
      results.add(record);
      show(record);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
}

function close(records: readonly PointRecord[], wanted: number): void {
  for (const line of summaryOf(records)) console.log(line);
  const failed = records.filter(({ result }) => result === 'Wrong');
  for (const record of failed) show(record);
  if (records.length < wanted) console.log(`${wanted - records.length} points of ${wanted} are still to be run`);
  console.log(`${records.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function matrixTasks(prepared: Prepared): Task[] {
  const points = values.point === undefined ? prepared.points : [parsePoint(values.point)];
  return points.map((point) => ({ id: pointId(point), run: () => runPoint(prepared, point, EVIDENCE) }));
}

/** `scenario:cut:moment:loss`. */
function parseCut(id: string): { scenario: string; at: number; loss: string } | undefined {
  const [scenario = '', cut, at = '', loss = ''] = id.split(':');
  return cut === 'cut' ? { scenario, at: Number(at), loss } : undefined;
}

/** All trees are looked at first; then come the tasks that start a controller on one. */
async function cutTasks(prepared: Prepared): Promise<Task[]> {
  const only = parseCut(values.point ?? '');
  const tasks: Task[] = [];
  for (const scenario of SCENARIOS.filter((name) => only === undefined || name === only.scenario)) {
    const recorded = await recordScenario(RESULTS, prepared, scenario);
    const survey = only === undefined ? surveyScenario(recorded) : undefined;
    if (survey !== undefined) tasks.push({ id: survey.record.id, run: async () => survey.record });
    const cuts = only === undefined ? chosenCuts(survey?.distinct ?? [], Number(values.cuts)) : [only];
    const start = (cut: { at: number; loss: string }) => () => startOnCut(prepared, recorded, cut, EVIDENCE);
    tasks.push(...cuts.map((cut) => ({ id: cutId(scenario, cut), run: start(cut) })));
  }
  return tasks;
}

async function main(): Promise<void> {
  const why = whyNotHere();
  if (why !== undefined) {
    console.log(`LEFT OUT faults: ${why}`);
    process.exitCode = process.env.CI === 'true' ? 1 : 0;
    return;
  }
  const prepared = await prepare(RESULTS, console.log);
  const results = new Results(RESULTS, `results-${process.pid}-${Date.now()}`);
  const areCuts = values.cuts !== undefined || parseCut(values.point ?? '') !== undefined;
  const all = areCuts ? await cutTasks(prepared) : matrixTasks(prepared);
  if (values.point !== undefined) return runAll(all, results);
  const slice = sliceOf(all, values.slice);
  if (values.list) {
    for (const { id } of slice) console.log(id);
    return console.log(`${slice.length} points of ${all.length}`);
  }
  const known = results.all();
  const isOpen = ({ id }: Task): boolean => !known.has(id) || (values.again && known.get(id)?.result === 'Wrong');
  if (!values.summary) await runAll(slice.filter(isOpen), results);
  const after = results.all();
  close(
    slice.flatMap(({ id }) => after.get(id) ?? []),
    slice.length,
  );
}

await main();
