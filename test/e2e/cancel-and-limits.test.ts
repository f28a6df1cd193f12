import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus, StageName } from '../../lib/api/generated/types.ts';
import { BOX_DATA, boxCanonical, boxFiles, boxRepository } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import { namesOf } from './leftovers.ts';

const REF = '1.1.0+1.1.0';

/** Takes longest in a promotion, which otherwise is over at once. */
const SLOW_HOOK = 'if test "$CCCI_STAGE" = Promote; then sleep 10; else sleep 0.5; fi';

/** Commands that take their time, so that a run can be met in every stage. */
const SLOW_CI = {
  install: { hooks: [{ name: 'slow', command: ['sh', '-c', SLOW_HOOK], from: 'Recipe' }] },
  data: BOX_DATA,
  tests: [{ name: 'slow', command: ['sleep', '2'], from: 'Recipe' }],
  timeouts: { total: '2m', test: '20s', teardown: '30s' },
};

function slowBackup(version: string): Record<string, string | undefined> {
  const files = boxFiles(version);
  const label = '- "backupbot.backup=true"';
  const hook = '- "backupbot.backup.pre-hook=sleep 0.5"';
  return { ...files, 'compose.yml': files['compose.yml']?.replace(label, `${label}\n        ${hook}`) };
}

describe('runs that people and limits end', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 4 });
    const repository = boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0']);
    repository.release(REF, slowBackup(REF));
    bench.apply('Canonical', 'box', boxCanonical('box', { seed: 'Manual', ci: SLOW_CI }));
    await bench.start();
  });
  after(() => bench.dispose());

  function stageOf(status: RunStatus, name: StageName): string {
    return status.stages?.find((stage) => stage.name === name)?.result ?? 'Pending';
  }

  async function cancelIn(stage: StageName): Promise<RunStatus> {
    const name = `cancel-in-${stage.toLowerCase()}`;
    bench.apply('Run', name, { recipe: 'box', ref: REF });
    await bench.waitFor(`${name} to get there`, async () => stageOf(await bench.runStatus(name), stage) !== 'Pending');
    await bench.ok('cancel', `run/${name}`);
    return bench.waitOver(name);
  }

  it('T71 cancelled in a stage end without a verdict and leave nothing', async () => {
    const ended = await cancelledCleanly(['Install', 'Backup', 'Custom']);
    expect(ended.at(-1)?.stages?.find(({ name }) => name === 'Custom')).to.include({ result: 'Interrupted' });
  });

  it('T71 cancelled in another stage end without a verdict and leave nothing @nightly', async () => {
    expect(await cancelledCleanly(['Prepare', 'Upgrade', 'Restore'])).to.have.length(3);
  });

  async function cancelledCleanly(stages: readonly StageName[]): Promise<RunStatus[]> {
    const ended = await Promise.all(stages.map(cancelIn));
    for (const over of ended) {
      const seen = JSON.stringify(over);
      expect(conditionOf(over, 'Succeeded'), seen).to.include({ status: 'False', reason: 'Cancelled' });
      expect(conditionOf(over, 'TornDown'), seen).to.include({ status: 'True' });
      expect(over, seen).not.to.have.any.keys('verdict', 'blame', 'url');
      expect(over.promotion, seen).to.deep.equal({ result: 'Skipped', reason: 'NotGreen' });
      expect(
        over.stages?.map(({ result }) => result),
        seen,
      ).not.to.include('Running');
      expect(over.lastHandledRequest, seen).to.include({ verb: 'cancel', result: 'Done' });
    }
    await bench.waitClean();
    return ended;
  }

  it('T71 cancelled while they promote stay green; the promotion is given up @nightly', async () => {
    const over = await cancelIn('Promote');
    expect(conditionOf(over, 'Succeeded')).to.include({ status: 'True', reason: 'Passed' });
    expect(over.promotion).to.include({ result: 'Failed', reason: 'Cancelled' });
    await bench.waitClean();
    const status = await bench.canonicalStatus('box');
    expect(status.knownGood).to.equal(undefined);
    // Cancelled before the first step nothing was ever recorded; after it the half-made data is gone.
    expect(status.volumes?.state).to.be.oneOf(['Missing', 'Unknown']);
  });

  it('T60 out of time say so, and have saved what the app said @nightly', async () => {
    bench.apply('Run', 'late', { recipe: 'box', ref: REF, timeouts: { total: '5s' } });
    const tests = [{ name: 'endless', command: ['sleep', '30'], from: 'Recipe' }];
    bench.apply('Canonical', 'box', boxCanonical('box', { seed: 'Manual', ci: { data: BOX_DATA, tests } }));
    const over = await bench.waitOver('late');
    expect(conditionOf(over, 'Succeeded')).to.include({ status: 'False', reason: 'TimedOut' });
    expect(over.blame).to.equal('Recipe');
    const logs = join(bench.state, over.artifacts ?? '', 'logs');
    const saved = namesOf(logs).filter((name) => name.endsWith('-service-app.log'));
    expect(saved).not.to.deep.equal([]);
    expect(readFileSync(join(logs, saved[0] ?? ''), 'utf8')).to.include('box is open');
    await bench.waitClean();
  });

  it('are tried again as another run of the same commit', async () => {
    const before = await bench.runStatus('cancel-in-custom');
    await bench.ok('retry', 'run/cancel-in-custom');
    await bench.waitFor(
      'the retry',
      async () => (await bench.runStatus('cancel-in-custom-r1')).commit === before.commit,
    );
    expect(conditionOf(await bench.runStatus('cancel-in-custom'), 'Succeeded')?.reason).to.equal('Cancelled');
    await bench.ok('cancel', 'run/cancel-in-custom-r1');
    await bench.waitOver('cancel-in-custom-r1');
    await bench.waitClean();
  });

  it('do not start while they are suspended', async () => {
    bench.apply('Run', 'later', { recipe: 'box', ref: REF, suspend: true });
    await bench.waitFor('the suspension', async () => {
      const status = await bench.runStatus('later');
      return conditionOf(status, 'Succeeded')?.reason === 'Suspended' && !status.attempts?.length;
    });
    expect((await bench.ccctl('resume', 'run/later')).exitCode).not.to.equal(0);
    bench.apply('Run', 'later', { recipe: 'box', ref: REF, suspend: false });
    await bench.waitFor('the start', async () => (await bench.runStatus('later')).attempts?.length === 1);
    await bench.ok('cancel', 'run/later');
    await bench.waitOver('later');
  });
});

describe('what is not served', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 2 });
    boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', REF]);
    const ci = {
      data: BOX_DATA,
      dependsOn: [{ warmService: 'keycloak', as: 'sso' }],
      tests: [{ name: 'login', http: { path: '/' }, requires: ['sso'] }],
    };
    bench.apply('Canonical', 'box', boxCanonical('box', { seed: 'Manual', ci }));
    await bench.start();
  });
  after(() => bench.dispose());

  it('T67 is a second controller on the same directories', async () => {
    const second = await bench.startAndFail();
    expect(second.exitCode).to.equal(1);
    expect(second.stderr).to.include(String(bench.pid));
    expect((await bench.ccctl('get', 'can/box')).exitCode).to.equal(0);
  });

  it('fails a run whose provider nobody has declared; a quick run is run cold and says so', async () => {
    bench.apply('Run', 'quick', { recipe: 'box', ref: REF, mode: 'Quick' });
    const over = await bench.waitOver('quick');
    expect(over).to.include({ mode: 'Cold', fallback: 'NoKnownGood', verdict: 'Failed', blame: 'Configuration' });
    const failed = over.stages?.filter(({ result }) => result === 'Failed');
    expect(failed?.map(({ name, reason }) => [name, reason])).to.deep.equal([['Prepare', 'InvalidProfile']]);
    await bench.waitClean();
  });

  it('is a recipe that comes from nowhere: the configuration is to blame, not the recipe', async () => {
    bench.apply('Run', 'nowhere', { recipe: 'nobody-has-it' });
    const over = await bench.waitOver('nowhere');
    expect(over.stages?.[0]).to.include({ name: 'Prepare', result: 'Failed', reason: 'InvalidSource' });
    expect(over.blame).to.equal('Configuration');
  });
});
