import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { SweepRecord, SweepStatus, WarmServiceStatus } from '../../lib/api/index.ts';
import { BOX_DATA, boxCanonical, boxFiles, boxRepository } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import { RecipeRepository } from './recipes.ts';

const [FIRST, SECOND] = ['1.0.0+1.0.0', '1.1.0+1.1.0'] as const;
const RECIPES = ['green', 'red', 'same'] as const;
/** A busy machine takes its time: what is red is so for its own sake. */
const enrolled = (recipe: string, fields: Record<string, unknown> = {}): Record<string, unknown> =>
  boxCanonical(recipe, { ci: { data: BOX_DATA, timeouts: { total: '15m', test: '1m', teardown: '1m' } }, ...fields });

/** A release without a note, which would be held for it. */
function releaseShop(repository: RecipeRepository, version: string): void {
  const { [`release/${version}`]: _note, ...files } = boxFiles(version);
  repository.release(version, files);
}

describe('a sweep', function () {
  this.timeout(600_000);
  let bench: Bench;
  let sweep: SweepRecord;

  const status = async (): Promise<SweepStatus> =>
    ((await bench.object('Sweep', 'weekly'))?.status ?? {}) as unknown as SweepStatus;
  const shop = async (): Promise<WarmServiceStatus> =>
    ((await bench.object('WarmService', 'shop'))?.status ?? {}) as unknown as WarmServiceStatus;
  const recipe = (name: string): string => join(bench.root, 'recipes', name);

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 3 });
    const repositories = RECIPES.map((name) => boxRepository(recipe(name), [FIRST]));
    const warm = new RecipeRepository(recipe('shop'));
    releaseShop(warm, FIRST);
    for (const name of RECIPES) bench.apply('Canonical', name, enrolled(name));
    const app = { recipe: 'shop', healthPasses: 1, timeouts: { deploy: '30s', health: '30s' } };
    bench.apply('WarmService', 'shop', { app });
    bench.apply('Sweep', 'weekly', { schedule: '0 3 29 2 *' });
    await bench.start();
    for (const name of RECIPES) await bench.waitCondition({ kind: 'Canonical', name }, 'Ready', 'True', 180_000);
    await bench.waitCondition({ kind: 'WarmService', name: 'shop' }, 'Ready', 'True', 180_000);
    repositories[0]?.release(SECOND, boxFiles(SECOND));
    repositories[1]?.release(SECOND, boxFiles(SECOND, { 'server.mjs': 'process.exit(3);\n' }));
    releaseShop(warm, SECOND);
    await bench.ok('run', 'sweep/weekly');
    // Once while the warm service is rolled, once in the middle of a run.
    await bench.waitFor('the sweep to begin', async () => (await status()).lastSweep !== undefined);
    await bench.kill9();
    await bench.start();
    const isTesting = async (): Promise<boolean> => {
      const row = (await status()).lastSweep?.recipes.find(({ run }) => run !== undefined);
      const stages = row?.run === undefined ? [] : ((await bench.runStatus(row.run)).stages ?? []);
      return stages.some(({ name, result }) => name === 'Install' && result !== 'Pending');
    };
    await bench.waitFor('a run in the middle', isTesting, { timeoutMs: 120_000 });
    await bench.kill9();
    await bench.start();
    sweep = await bench.waitFor(
      'the end of the sweep',
      async () => {
        const { lastSweep } = await status();
        return lastSweep?.report === undefined ? undefined : lastSweep;
      },
      { timeoutMs: 400_000 },
    );
  });
  after(() => bench.dispose());

  it('WC6 T50 rolled the warm service first, although it was killed meanwhile', async () => {
    expect(sweep.warmServices).to.deep.equal([{ name: 'shop', result: 'Upgraded', from: FIRST, to: SECOND }]);
    const upgraded = (await shop()).history?.find(({ version }) => version === SECOND);
    const runs = await Promise.all(sweep.recipes.flatMap(({ run }) => (run === undefined ? [] : bench.runStatus(run))));
    for (const { startTime = '' } of runs)
      expect(Date.parse(startTime)).to.be.at.least(Date.parse(upgraded?.time ?? ''));
  });

  it('WC6 promoted the new version, reported the red one, and skipped what has none', async () => {
    const lines = sweep.recipes.map(({ recipe, decision, reason, result, failedStage, blame, promotion }) =>
      [recipe, decision, reason, result, failedStage, blame, promotion].map((one) => one ?? '-').join(' '),
    );
    expect(lines).to.deep.equal([
      'green Run NewVersion Passed - - Promoted',
      'red Run NewVersion Failed Upgrade Recipe Skipped',
      'same Skip NoNewVersion - - - -',
    ]);
    expect(sweep.result).to.equal('Failed');
    expect((await bench.canonicalStatus('green')).knownGood?.version).to.equal(SECOND);
    expect((await bench.canonicalStatus('red')).knownGood?.version).to.equal(FIRST);
  });

  it('T50 made one run for each, and nothing is left of them', async () => {
    const swept = JSON.parse(await bench.ok('get', 'runs', '-l', 'cc-ci/sweep=weekly', '-o', 'json')) as {
      items: object[];
    };
    expect(swept.items).to.have.length(2);
    const warm = 'warm-shop.ci.localhost';
    const isClean = async (): Promise<boolean> => (await bench.leftovers([warm])).every((left) => left.includes(warm));
    await bench.waitFor('nothing to be left but the warm service', isClean, { timeoutMs: 30_000 });
  });

  it('shows the rows and the result; the report lies where it says', async () => {
    expect(await bench.ok('get', 'sweeps')).to.match(/LAST +NEXT +RESULT\n.*Failed/);
    const described = await bench.ok('describe', 'sweep/weekly');
    expect(described).to.match(/red +1\.0\.0\+1\.0\.0 +1\.1\.0\+1\.1\.0 +Run +NewVersion +Failed/);
    const report = readFileSync(join(bench.state, sweep.report ?? '', 'sweep.md'), 'utf8');
    expect(report).to.include('**Failed**: 1 passed, 1 failed (red), 1 skipped.');
    expect(conditionOf(await status(), 'Ready')).to.include({ status: 'True' });
  });

  it('is followed to its verdict: 1 while a recipe is red, 0 once nothing is', async () => {
    const again = await bench.ccctl('run', 'sweep/weekly', '--wait');
    expect(again.exitCode, again.stderr).to.equal(1);
    expect(again.stderr).to.include('red: ').and.include('Failed');
    bench.apply('Canonical', 'red', enrolled('red', { suspend: true }));
    await bench.waitCondition({ kind: 'Canonical', name: 'red' }, 'Ready', 'False');
    const quiet = await bench.ccctl('run', 'sweep/weekly', '--wait');
    expect(quiet.exitCode, quiet.stderr).to.equal(0);
    expect((await status()).lastSweep?.recipes.map(({ reason }) => reason)).to.deep.equal([
      ...['NoNewVersion', 'Suspended', 'NoNewVersion'],
    ]);
  });
});
