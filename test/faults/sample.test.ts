import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Prepared, prepare, runPoint } from './bench/bench.ts';
import { spread } from './matrix/plan.ts';
import { isKill, type Point, pointId } from './matrix/point.ts';

/** The commit chooses, so that another one tries others; `FAULT_SEED` repeats a choice. */
const SEED = process.env.FAULT_SEED ?? execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KILLS = 2;
const ERRORS = 1;

function chosen(points: readonly Point[], count: number): Point[] {
  return points.toSorted((a, b) => spread(SEED + pointId(a)) - spread(SEED + pointId(b))).slice(0, count);
}

describe('a sample of the fault matrix', function () {
  this.timeout(300_000);
  let directory: string;
  let prepared: Prepared;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cc-ci-sample-'));
    prepared = await prepare(directory, () => {});
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  async function assertEndsWell(points: readonly Point[]): Promise<void> {
    const waiting = [...points];
    const work = async (): Promise<void> => {
      for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
        const record = await runPoint(prepared, point, join(ROOT, '.faults', 'sample'));
        expect(record.problems, `npm run test:faults -- --point '${record.id}'`).to.deep.equal([]);
      }
    };
    await Promise.all([work(), work()]);
  }

  it(`I8 ends as undisturbed after kills (FAULT_SEED=${SEED})`, () =>
    assertEndsWell(chosen(prepared.points.filter(isKill), KILLS)));

  it('T85 T100 ends as undisturbed, or honestly, where a command gets no pipe', async () => {
    const points = prepared.points.filter(
      ({ scenario, mode, site, times }) => scenario === 'enrol' && mode === 'EMFILE' && site === 'pipe ' && times === 1,
    );
    expect(points).to.have.lengthOf(1);
    await assertEndsWell(points);
  });

  it(`I8 ends as undisturbed, or honestly, after errors (FAULT_SEED=${SEED})`, () =>
    assertEndsWell(
      chosen(
        prepared.points.filter((point) => !isKill(point)),
        ERRORS,
      ),
    ));
});
