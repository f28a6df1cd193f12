import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { digestOf, knownGoodDigest } from '../../scripts/demo/known-good-digest.ts';
import { boxCanonical, boxFiles, boxRepository, LOSES_DATA } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';

const RELEASE = '1.1.0+1.1.0';

describe('quick runs', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', maxRuns: 3 });
    for (const recipe of ['box', 'crate', 'chest']) {
      const repository = boxRepository(join(bench.root, 'recipes', recipe), ['1.0.0+1.0.0', RELEASE]);
      repository.branch('change', boxFiles(RELEASE, { 'notes.txt': 'a change that is not released\n' }));
      repository.branch('loses-data', LOSES_DATA);
    }
    bench.apply('Canonical', 'box', boxCanonical('box'));
    bench.apply('Canonical', 'chest', boxCanonical('chest', { seed: 'Manual' }));
    await bench.start();
    await bench.waitCondition({ kind: 'Canonical', name: 'box' }, 'Ready', 'True');
    await bench.waitClean();
  });
  after(() => bench.dispose());

  const record = () => knownGoodDigest(join(bench.state, 'canonicals/box'));
  const app = (name: string) => join(bench.state, 'apps/warm-canon-box.ci.localhost', name);
  const set = (name: string) => join(bench.state, 'canonicals/box/known-good', name);
  const run = async (name: string, spec: Record<string, unknown>): Promise<RunStatus> => {
    bench.apply('Run', name, { recipe: 'box', mode: 'Quick', ...spec });
    return await bench.waitOver(name);
  };

  it('I1 I2 one that passes leaves record and snapshot byte by byte as they were', async () => {
    const before = record();
    const over = await run('passes', { ref: 'change' });
    expect(conditionOf(over, 'Succeeded'), JSON.stringify(over)).to.include({ status: 'True', reason: 'Passed' });
    expect(over).to.include({ mode: 'Quick', confidence: 'Low', level: 2 });
    expect(over.stages?.find(({ name }) => name === 'Upgrade')).to.include({ result: 'Passed', evidence: 'Hooks' });
    expect(record()).to.equal(before);
    await bench.waitClean();
    const isFree = async (): Promise<boolean> => (await bench.canonicalStatus('box')).lease === undefined;
    await bench.waitFor('the lease to be shown as given back', isFree);
  });

  it('I2 I3 one that fails puts the known-good back, byte by byte', async () => {
    const before = record();
    const over = await run('fails', { ref: 'loses-data' });
    expect(conditionOf(over, 'Succeeded'), JSON.stringify(over)).to.include({ status: 'False', reason: 'Failed' });
    expect(over.stages?.find(({ result }) => result === 'Failed')).to.include({ name: 'Upgrade', reason: 'DataLost' });
    expect(conditionOf(over, 'TornDown')).to.include({ status: 'True' });
    expect(record()).to.equal(before);
    for (const part of ['volumes/data', 'env']) expect(digestOf([app(part)]), part).to.equal(digestOf([set(part)]));
    await bench.waitClean();
  });

  it('says its mode and confidence in every view', async () => {
    expect(await bench.ok('get', 'runs')).to.match(/passes .*Quick/);
    expect(await bench.ok('describe', 'run/passes'))
      .to.match(/Mode:\s+Quick/)
      .and.match(/Confidence:\s+Low/);
    const waited = await bench.ccctl('run', 'box', '--ref', 'change', '--quick', '--name', 'waited', '--wait');
    expect(waited.exitCode, waited.stderr).to.equal(0);
    expect(waited.stderr).to.include('low confidence');
  });

  it('falls back to cold, and says why: NoCanonical, NoKnownGood', async () => {
    const [crate, chest] = await Promise.all([
      run('crate', { recipe: 'crate', ref: RELEASE }),
      run('chest', { recipe: 'chest', ref: RELEASE, promotion: 'Never' }),
    ]);
    expect(crate).to.include({ mode: 'Cold', fallback: 'NoCanonical', confidence: 'High' });
    expect(chest).to.include({ mode: 'Cold', fallback: 'NoKnownGood', verdict: 'Passed', confidence: 'High' });
    expect(await bench.ok('describe', 'run/chest')).to.include('Quick was asked: NoKnownGood');
    expect(await bench.ok('events', 'run/crate')).to.include('FallbackToCold');
  });

  it('falls back to cold, and says why: SnapshotDamaged', async () => {
    await bench.waitClean();
    writeFileSync(set('volumes/data/item'), 'spoilt');
    const damaged = record();
    const over = await run('damaged', { ref: 'change' });
    expect(over).to.include({ mode: 'Cold', fallback: 'SnapshotDamaged', verdict: 'Passed' });
    expect(record()).to.equal(damaged);
    await bench.waitClean();
  });
});
