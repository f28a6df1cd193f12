/**
 * `npm run test:faults`: the fault matrix. Goes on where an earlier run of the same commit ended.
 * --slice i/n   points of one of n slices (default 1/1)     --jobs n      so many at a time (default 2)
 * --list        prints the points and how many there are    --minutes n   begins no point after that time
 * --point ID    one point, whatever is known of it          --again       points that ended wrong, once more
 * --results DIR instead of .faults/<commit>                 --summary     prints the table of what is known
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { commitHere, type Prepared, prepare, runPoint } from './bench/bench.ts';
import { whyNotHere } from './bench/namespace.ts';
import { type Point, parsePoint, pointId } from './matrix/point.ts';
import { type PointRecord, Results, summaryOf } from './matrix/results.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({
  options: {
    slice: { type: 'string', default: '1/1' },
    jobs: { type: 'string', default: '2' },
    minutes: { type: 'string' },
    results: { type: 'string', default: join(ROOT, '.faults', commitHere()) },
    list: { type: 'boolean', default: false },
    point: { type: 'string' },
    again: { type: 'boolean', default: false },
    summary: { type: 'boolean', default: false },
  },
});

function sliceOf<T>(all: readonly T[], slice: string): T[] {
  const [index = 0, count = 0] = slice.split('/').map(Number);
  if (!(index >= 1 && index <= count)) throw new Error(`--slice ${slice} is not i/n with 1 ≤ i ≤ n`);
  return all.filter((_, at) => at % count === index - 1);
}

function show({ id, result, problems, seconds, starts }: PointRecord): void {
  console.log(`${result.padEnd(10)} ${String(seconds).padStart(5)} s ${starts} starts  ${id}`);
  for (const problem of problems) console.log(`    ${problem.slice(0, 2000)}`);
}

async function runAll(prepared: Prepared, points: readonly Point[], results: Results): Promise<void> {
  const limit = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes) * 60_000;
  const waiting = [...points];
  const work = async (): Promise<void> => {
    for (let point = waiting.shift(); point !== undefined && performance.now() < limit; point = waiting.shift()) {
      const record = await runPoint(prepared, point, join(values.results, 'evidence'));
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

async function main(): Promise<void> {
  const why = whyNotHere();
  if (why !== undefined) {
    console.log(`LEFT OUT faults: ${why}`);
    process.exitCode = process.env.CI === 'true' ? 1 : 0;
    return;
  }
  const prepared = await prepare(values.results, console.log);
  const results = new Results(values.results, `results-${process.pid}-${Date.now()}`);
  if (values.point !== undefined) return runAll(prepared, [parsePoint(values.point)], results);
  const slice = sliceOf(prepared.points, values.slice);
  if (values.list) {
    for (const point of slice) console.log(pointId(point));
    return console.log(`${slice.length} points of ${prepared.points.length}`);
  }
  const known = results.all();
  const isOpen = (point: Point): boolean => {
    const record = known.get(pointId(point));
    return record === undefined || (values.again && record.result === 'Wrong');
  };
  if (!values.summary) await runAll(prepared, slice.filter(isOpen), results);
  const after = results.all();
  close(
    slice.flatMap((point) => after.get(pointId(point)) ?? []),
    slice.length,
  );
}

await main();
