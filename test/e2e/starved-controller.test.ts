import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { boxCanonical, boxRepository } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';

const REF = '1.1.0+1.1.0';
/** Fewer than a controller has open all the time, and as many as it ever wants. */
const FEW = 12;
const MANY = 4_096;

describe('a controller that runs out of descriptors', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}' });
    boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', REF]);
    bench.apply('Canonical', 'box', boxCanonical('box', { seed: 'Manual' }));
    await bench.start();
  });
  after(() => bench.dispose());

  const limit = (soft: number): void => {
    execFileSync('prlimit', ['--pid', String(bench.pid), `--nofile=${soft}:`]);
  };
  const complaints = (): number =>
    bench.log.split('\n').filter((line) => /EMFILE|too many open files/.test(line)).length;

  it('T85 T100 goes on, starts what it can start again, and blames no recipe for it', async () => {
    const { pid } = bench;
    bench.apply('Run', 'starved', { recipe: 'box', ref: REF });
    await bench.waitFor('the install', async () => {
      const install = (await bench.runStatus('starved')).stages?.find(({ name }) => name === 'Install');
      return install?.result === 'Running' || install?.result === 'Passed';
    });
    for (let time = 1; time <= 2; time += 1) {
      const before = complaints();
      limit(FEW);
      await bench.waitFor('it to notice', () => complaints() > before).finally(() => limit(MANY));
    }
    const over = await bench.waitOver('starved');
    expect(bench.pid).to.equal(pid);
    expect(over.blame, JSON.stringify(over)).to.not.equal('Recipe');
    expect(conditionOf(over, 'Succeeded')?.reason, JSON.stringify(over)).to.be.oneOf(['Passed', 'InfraError']);
    expect(conditionOf(over, 'TornDown')?.status).to.equal('True');
    await bench.waitClean();
  });
});
