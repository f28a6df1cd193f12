import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { XMLParser } from 'fast-xml-parser';
import type { RunStatus, StageName, StageResult } from '../../lib/api/generated/types.ts';
import { demoSpec } from '../../scripts/build-demo-recipes.ts';
import { Bench, conditionOf } from './harness.ts';
import { namesOf } from './leftovers.ts';
import { demoRecipes } from './recipes.ts';

const STAGES = ['Prepare', 'Lint', 'Install', 'Upgrade', 'Backup', 'Restore', 'Custom', 'Teardown', 'Promote'];

/** Branches that have to fail, three at a time, with what the Run's spec adds. */
const BROKEN = {
  'crash-loop': {},
  'never-healthy': { timeouts: { health: '3s' } },
  'loses-data': {},
  'failing-test': {},
} as const;

describe('cold runs of an enrolled recipe', function () {
  this.timeout(240_000);
  let bench: Bench;

  /** One file enrols the recipe: it seeds by itself. */
  before(async () => {
    bench = new Bench({ maxRuns: 3 });
    const recipes = join(bench.root, 'recipes');
    await demoRecipes(recipes);
    await bench.start();
    writeFileSync(join(bench.specs, 'notes.yaml'), await demoSpec('notes', recipes));
    await bench.waitCondition({ kind: 'Canonical', name: 'notes' }, 'Ready', 'True');
    await bench.waitOver((await bench.canonicalStatus('notes')).knownGood?.run ?? '');
    await bench.waitClean();
    for (const [name, spec] of Object.entries(BROKEN))
      bench.apply('Run', name, { recipe: 'notes', ref: `broken/${name}`, ...spec });
  });
  after(() => bench.dispose());

  it('seeds and promotes by itself once a file enrols it', async () => {
    const { knownGood, history, volumes, domain } = await bench.canonicalStatus('notes');
    expect(knownGood?.version).to.equal('2.0.0+2.0.0');
    expect(volumes).to.deep.equal({ state: 'Clean', generation: knownGood?.generation });
    expect(history).to.have.length(1);
    expect(history?.[0]).to.include({ result: 'Promoted', run: knownGood?.run });
    expect(domain).to.equal('warm-canon-notes.ci.localhost');
    const seed = await bench.waitOver(knownGood?.run ?? '');
    expect(conditionOf(seed, 'Succeeded')).to.include({ status: 'True', reason: 'Passed' });
    expect(seed.promotion).to.include({
      result: 'Promoted',
      version: '2.0.0+2.0.0',
      generation: knownGood?.generation,
    });
    expect(seed.level).to.equal(5);
    expect(seed.version).to.deep.equal({ base: '1.1.0+1.1.0', head: '2.0.0+2.0.0' });
    expect(seed.deploys).to.deep.equal({ count: 1, expected: 1 });
    expect(seed).not.to.have.any.keys('blame', 'queue', 'url', 'nextAction');
  });

  it('comes to rest after the seed', async () => {
    const look = async (): Promise<boolean> =>
      conditionOf(await bench.canonicalStatus('notes'), 'Reconciling') === undefined;
    await bench.waitFor('the Canonical to be at rest', look);
    const first = readFileSync(join(bench.specs, 'notes.yaml.status.yaml'), 'utf8');
    await bench.ok('reconcile', 'canonical/notes');
    const handled = async (): Promise<boolean> =>
      (await bench.object('Canonical', 'notes'))?.object.lastHandledRequest?.verb === 'reconcile';
    await bench.waitFor('the request to be handled', handled);
    expect(first).to.include('KnownGood');
    expect(await bench.runStatus('notes-seed-none')).to.deep.equal({});
    const seeds = JSON.parse(await bench.ok('get', 'runs', '-o', 'json')).items;
    expect(seeds.filter((one: { metadata: { name: string } }) => one.metadata.name.includes('seed'))).to.have.length(1);
  });

  it('shows every field of the status truthfully, and results.json and junit.xml agree', async () => {
    await bench.ok('run', 'notes', '--ref', '1.1.0+1.1.0', '--promotion', 'Never', '--name', 'good', '--wait');
    const shown = await bench.get('Run', 'good');
    const status = shown.status as unknown as RunStatus;
    expect(status.stages?.map(({ name }) => name)).to.deep.equal(STAGES);
    expect(resultsOf(status)).to.deep.equal({ ...all('Passed'), Promote: 'Skipped' });
    expect(status).to.include({ mode: 'Cold', verdict: 'Passed', level: 5, platform: 'Process' });
    expect(status.commit).to.match(/^[0-9a-f]{40}$/);
    expect(status.domain).to.match(/^note-[0-9a-f]{6}\.ci\.localhost$/);
    expect(status.version).to.deep.equal({ base: '1.0.0+1.0.0', head: '1.1.0+1.1.0' });
    expect(status.attempts).to.have.length(1);
    expect(status.promotion).to.include({ result: 'Skipped', reason: 'PromotionNever' });
    for (const type of ['Accepted', 'Succeeded', 'TornDown'])
      expect(conditionOf(status, type)?.status).to.equal('True');
    expectTimes(status);
    const directory = join(bench.state, status.artifacts ?? '');
    const results = JSON.parse(readFileSync(join(directory, 'results.json'), 'utf8'));
    const { conditions, ...rest } = status;
    expect(results.status).to.deep.include({ ...rest });
    expect(conditionOf(results.status, 'Succeeded')).to.deep.equal(conditionOf({ conditions }, 'Succeeded'));
    expectJunit(readFileSync(join(directory, 'junit.xml'), 'utf8'), status);
    expect(namesOf(directory)).to.include.members(['lint.json', 'logs', 'results.json', 'junit.xml', 'events.jsonl']);
    expect(namesOf(join(directory, 'logs'))).to.include('custom-roundtrip.log');
    for (const name of ['Install', 'Upgrade', 'Backup', 'Restore', 'Custom'] as const) {
      const [app] = stageOf(results.status, name).usage?.services ?? [];
      expect(app).to.include({ service: 'app' }).and.to.not.have.property('memoryGap');
      // A node process, and a volume with a few notes.
      expect(app?.peakMemoryBytes).to.be.within(5 * 2 ** 20, 500 * 2 ** 20);
      expect(app?.diskBytes).to.be.within(1, 20 * 2 ** 20);
    }
    expect(await bench.ok('describe', 'run/good')).to.match(/^ *app: memory \d.* MiB \(\w+\), disk \d/m);
  });

  it('R5 says of a crash loop at once which service ended and what it said last', async () => {
    const status = await red('crash-loop');
    const stage = stageOf(status, 'Upgrade');
    expect(stage).to.include({ result: 'Failed', reason: 'CrashLoop', service: 'app', exitCode: 3 });
    expect(stage.logTail?.at(-1)).to.include('THEME is missing');
    expect(status).to.include({ blame: 'Recipe', level: 1, verdict: 'Failed' });
    expect(resultsOf(status)).to.include({
      Backup: 'Skipped',
      Custom: 'Skipped',
      Teardown: 'Passed',
      Promote: 'Skipped',
    });
  });

  it('R6 keeps the last probe and the log of an app that never gets healthy @nightly', async () => {
    const status = await red('never-healthy');
    const stage = stageOf(status, 'Upgrade');
    expect(stage).to.include({ result: 'Failed', reason: 'DeadlineExceeded', service: 'app' });
    expect(stage.message).to.include('/healthz');
    expect(stage.logTail?.join('\n')).to.include('listening');
    expect(status).to.include({ blame: 'Recipe', level: 1 });
    expect(namesOf(join(bench.state, status.artifacts ?? '', 'logs'))).to.include.members([
      'upgrade-service-app.log',
      'upgrade-tasks.json',
    ]);
  });

  it('finds data that an upgrade loses, and goes on with what still makes sense', async () => {
    const status = await red('loses-data');
    const stage = stageOf(status, 'Upgrade');
    expect(stage).to.include({ result: 'Failed', reason: 'DataLost' });
    expect(stage.logTail).to.be.an('array').that.is.not.empty;
    expect(resultsOf(status)).to.include({ Backup: 'Passed', Restore: 'Failed', Custom: 'Passed' });
    expect(status).to.include({ blame: 'Recipe', level: 1 });
  });

  it('names the test that failed and its last lines @nightly', async () => {
    const status = await red('failing-test');
    const stage = stageOf(status, 'Custom');
    expect(stage).to.include({ result: 'Failed', reason: 'TestsFailed' });
    expect(stage.tests?.find(({ name }) => name === 'roundtrip')).to.include({ result: 'Failed' });
    expect(stage.tests?.find(({ name }) => name === 'home')).to.include({ result: 'Passed' });
    expect(stage.logTail).to.be.an('array').that.is.not.empty;
    expect(status).to.include({ blame: 'Recipe', level: 3 });
  });

  it('blames the configuration for a ref that does not exist', async () => {
    bench.apply('Run', 'noref', { recipe: 'notes', ref: 'no-such-branch' });
    const status = await bench.waitOver('noref');
    expect(stageOf(status, 'Prepare')).to.include({ result: 'Failed', reason: 'UnknownRef' });
    expect(status).to.include({ blame: 'Configuration', level: 0 });
    expect(conditionOf(status, 'TornDown')?.status).to.equal('True');
  });

  it('leaves nothing behind', async () => {
    await bench.waitClean();
  });

  /** The end of the run of the branch `broken/<name>`, which has to fail. */
  async function red(name: keyof typeof BROKEN): Promise<RunStatus> {
    const status = await bench.waitOver(name);
    expect(conditionOf(status, 'Succeeded')).to.include({ status: 'False', reason: 'Failed' });
    expect(conditionOf(status, 'TornDown')?.status).to.equal('True');
    expect(status.promotion).to.include({ result: 'Skipped', reason: 'NotGreen' });
    expectTimes(status);
    return status;
  }
});

function stageOf(status: RunStatus, name: StageName): StageResult {
  const stage = status.stages?.find((one) => one.name === name);
  if (!stage) throw new Error(`no stage ${name}`);
  return stage;
}

function resultsOf(status: RunStatus): Record<string, string> {
  return Object.fromEntries((status.stages ?? []).map(({ name, result }) => [name, result]));
}

function all(result: string): Record<string, string> {
  return Object.fromEntries(STAGES.map((name) => [name, result]));
}

/** Stages follow one another in time, and all lie within the run. */
function expectTimes({ stages = [], startTime = '', completionTime = '' }: RunStatus): void {
  const times = stages.flatMap((stage) => [stage.startTime ?? '', stage.endTime ?? '']);
  expect([startTime, ...times, completionTime]).to.deep.equal([startTime, ...times, completionTime].toSorted());
  expect(startTime).to.match(/^\d{4}-\d\d-\d\dT/);
}

interface Suite {
  name: string;
  tests: string;
  failures: string;
  testcase: { name: string; failure?: unknown; skipped?: unknown }[];
}

function expectJunit(xml: string, { stages = [] }: RunStatus): void {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => name === 'testcase',
  });
  const suites: Suite[] = parser.parse(xml).testsuites.testsuite;
  expect(suites.map(({ name }) => name)).to.deep.equal(stages.map(({ name }) => name));
  for (const [index, stage] of stages.entries()) {
    const cases = [stage.name, ...(stage.tests ?? []).map(({ name }) => name)];
    expect(suites[index]?.testcase.map(({ name }) => name)).to.deep.equal(cases);
    expect(suites[index]?.failures).to.equal('0');
    expect(suites[index]?.testcase[0] !== undefined && 'skipped' in suites[index].testcase[0]).to.equal(
      stage.result === 'Skipped',
    );
  }
}
