/**
 * Makes single faults in the source, one at a time in a copy of the project, and runs the unit and component tests that
 * cover the line until one is red. Results are kept below `.mutants`, so that a run goes on where another one ended.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../test/suite.ts';
import { compiling } from './compile.ts';
import { covering, type FileCoverage, measure } from './coverage.ts';
import { judge } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { arguedIn, figure, type Result, Results, stateOf, survivorLine } from './results.ts';
import { isRoom, ROOMS, type Room } from './rooms.ts';
import { drawn, faultsBelow } from './sample.ts';
import { Scratch } from './scratch.ts';

const { values } = parseArgs({
  options: {
    room: { type: 'string', multiple: true },
    count: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    /** Seconds of test files, as measured, that one mutant may take. */
    seconds: { type: 'string', default: '60' },
    /** Only these mutants, by id, whether the sample has them or not. */
    only: { type: 'string', multiple: true },
    /** Only unit tests and the component tests in the folders of the rooms: quick, and never more noticed than by all. */
    near: { type: 'boolean', default: false },
    /** Only measures what the tests cover. */
    measure: { type: 'boolean', default: false },
    /** Only shows the sample. */
    list: { type: 'boolean', default: false },
  },
});

const KEPT = join(ROOT, '.mutants');
const say = (line: string): void => console.log(line);
const scratches = Array.from({ length: Number(values.jobs) }, () => new Scratch(ROOT));

interface Work {
  room: Room;
  mutants: Mutant[];
}

async function sampleOf(room: Room): Promise<Work> {
  const all = faultsBelow(ROOT, ROOMS[room].directory);
  if (values.only !== undefined) return { room, mutants: all.filter(({ id }) => values.only?.includes(id)) };
  const order = drawn(all, `${room} ${values.seed}`);
  const [scratch] = scratches;
  return { room, mutants: scratch === undefined ? [] : await compiling(order, Number(values.count), scratch) };
}

async function judgeAll(
  { room, mutants }: Work,
  coverage: readonly FileCoverage[],
  results: Results,
): Promise<Result[]> {
  const known = new Map(results.read().map((result) => [result.id, result]));
  const left = mutants.filter(({ id }) => !known.has(id)).values();
  await Promise.all(
    scratches.map(async (scratch) => {
      for (const mutant of left) {
        const tests = covering(mutant, coverage, { text: scratch.read(mutant.file), near: ROOMS[room].tests });
        const verdict = await judge(mutant, tests, { scratch, budgetMs: Number(values.seconds) * 1000 });
        const result = { ...mutant, room, ...verdict };
        known.set(mutant.id, result);
        results.add(result);
        say(`${verdict.outcome} ${survivorLine(result)} ${verdict.by ?? ''}, ${verdict.ms} ms`);
      }
    }),
  );
  return mutants.flatMap(({ id }) => known.get(id) ?? []);
}

async function main(): Promise<void> {
  const rooms = (values.room ?? Object.keys(ROOMS)).flatMap((name) => name.split(','));
  const unknown = rooms.filter((room) => !isRoom(room));
  if (unknown.length > 0) throw new Error(`no such room: ${unknown.join(', ')}; there are ${Object.keys(ROOMS)}`);
  const [first] = scratches;
  if (first === undefined) throw new Error('--jobs must be at least 1');
  const folders = values.near ? rooms.filter(isRoom).flatMap((room) => ROOMS[room].tests) : undefined;
  const options = { scratch: first, directory: join(KEPT, 'coverage'), folders, say };
  const coverage = values.list ? [] : await measure(options);
  if (values.measure) return;
  const results = new Results(join(KEPT, stateOf(ROOT), 'results.jsonl'));
  const argued = arguedIn(import.meta.dirname);
  const lines: string[] = [];
  for (const room of rooms.filter(isRoom)) {
    const work = await sampleOf(room);
    if (values.list) {
      for (const mutant of work.mutants) say(survivorLine({ ...mutant, room, outcome: 'Survived', ms: 0 }));
      continue;
    }
    const judged = await judgeAll(work, coverage, results);
    const known = new Map(argued.map(({ id, why }) => [id, why]));
    const survivors = judged.filter(({ outcome }) => outcome === 'Survived');
    lines.push(
      figure(room, judged, argued),
      ...survivors.map((one) => `  ${survivorLine(one)} ${known.get(one.id) ?? ''}`),
    );
  }
  for (const line of lines) say(line);
}

const close = (): void => {
  for (const scratch of scratches) scratch.close();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    close();
    process.exit(1);
  });
}
try {
  await main();
} finally {
  close();
}
