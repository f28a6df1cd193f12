/**
 * Mocha loads this where coverage is measured: what each test file runs, and how long it takes, goes to a file of its
 * own in `MUTANTS_COVERAGE`. Children write beside it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';

/** How one test file went in this process. */
export interface Measured {
  file: string;
  isGreen: boolean;
  ms: number;
}

const directory = process.env.MUTANTS_COVERAGE ?? '';
const session = new Session();

/** Where the reports of the n-th file of a run lie. */
export function reportsOf(base: string, index: number): string {
  return join(base, String(index));
}

/** The suites of each file, in the order of the files. */
function byFile(root: Mocha.Suite): [string, Mocha.Suite[]][] {
  return [...Map.groupBy(root.suites, ({ file }) => file ?? '')];
}

function hasFailed(suite: Mocha.Suite): boolean {
  return suite.tests.some(({ state }) => state !== 'passed') || suite.suites.some(hasFailed);
}

async function take(place: string, measured: Measured): Promise<void> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  writeFileSync(join(place, 'own.json'), JSON.stringify({ result }));
  writeFileSync(join(place, 'measured.txt'), JSON.stringify(measured));
}

export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    const root = this.test?.parent;
    if (root === undefined) throw new Error('mocha names no root suite');
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    for (const [index, [file, suites]] of byFile(root).entries()) {
      const place = reportsOf(directory, index);
      mkdirSync(place, { recursive: true });
      let started = 0;
      suites.at(0)?.beforeAll('measured', () => {
        started = performance.now();
        process.env.NODE_V8_COVERAGE = place;
      });
      suites.at(-1)?.afterAll('measured', async () => {
        const ms = Math.round(performance.now() - started);
        await take(place, { file, isGreen: !suites.some(hasFailed), ms });
      });
    }
  },
};
