import { join } from 'node:path';
import { expect } from 'chai';
import { digestOf, knownGoodDigest } from '../../scripts/demo/known-good-digest.ts';
import { assertWhole, enrolledBench } from './crashes.ts';
import { type Bench, conditionOf } from './harness.ts';
import type { Moment } from './moments.ts';

/** A quick run of each, of which one passes and the other fails. */
const RUNS = [
  { recipe: 'box', ref: 'change', reason: 'Passed' },
  { recipe: 'crate', ref: 'loses-data', reason: 'Failed' },
] as const;

/** Kills the controller at each moment of a quick run that passes, and of one that fails, while the other is beside it. */
export function quickCrashes(moments: readonly Moment[]): void {
  describe('a controller that is killed in a quick run', function () {
    this.timeout(240_000);
    let bench: Bench;
    before(async () => {
      bench = await enrolledBench(RUNS.map(({ recipe }) => recipe));
    });
    after(() => bench.dispose());

    const canonical = (recipe: string): string => join(bench.state, 'canonicals', recipe);
    const records = (): string[] => RUNS.map(({ recipe }) => knownGoodDigest(canonical(recipe)));

    for (const [round, { name, reached }] of moments.entries()) {
      for (const killed of RUNS) {
        it(`I1 I2 I3 ${name} of one that ends ${killed.reason}: ends as undisturbed`, async () => {
          const before = records();
          const runs = RUNS.map((run) => ({ ...run, name: `${run.recipe}-${killed.recipe}-${round}` }));
          for (const { name: run, recipe, ref } of runs) bench.apply('Run', run, { recipe, ref, mode: 'Quick' });
          await reached(bench, `${killed.recipe}-${killed.recipe}-${round}`);
          await bench.kill9();
          for (const { recipe } of RUNS) await assertWhole(bench, recipe);
          expect(records()).to.deep.equal(before);
          await bench.start();
          for (const { name: run, recipe, reason } of runs) await assertOver({ run, recipe, reason });
          expect(records()).to.deep.equal(before);
          await bench.waitClean();
        });
      }
    }

    async function assertOver({ run, recipe, reason }: { run: string; recipe: string; reason: string }): Promise<void> {
      const over = await bench.waitOver(run, 120_000);
      const seen = JSON.stringify(over);
      expect(conditionOf(over, 'Succeeded')?.reason, seen).to.equal(reason);
      expect(conditionOf(over, 'TornDown')?.status, seen).to.equal('True');
      expect(over.mode, seen).to.equal('Quick');
      if (reason === 'Passed') return;
      const volume = (root: string): string => digestOf([join(root, 'volumes/data')]);
      const live = join(bench.state, 'apps', `warm-canon-${recipe}.ci.localhost`);
      expect(volume(live), seen).to.equal(volume(join(canonical(recipe), 'known-good')));
    }
  });
}
