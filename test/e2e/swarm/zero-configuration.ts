import { join } from 'node:path';
import { expect } from 'chai';
import { type Ingress, startIngress } from '../../rig/ingress.ts';
import { testSocket } from '../../rig/test-engine.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { demoRecipes } from '../recipes.ts';
import { type StackKind, stackBench } from './stack-bench.ts';
import { resultsOf, stageOf } from './stages.ts';

const RUN_MS = 120_000;

/** `Green`: one run; `All`: a red one too. A recipe without any profile passes by the conventions of its own files. */
export function zeroConfiguration(kind: StackKind, which: 'Green' | 'All'): void {
  describe(`a recipe that nobody configured, behind the host's ingress, on ${kind}`, function () {
    this.timeout(240_000);
    let ingress: Ingress;
    let bench: Bench;

    before(async () => {
      ingress = await startIngress();
      const { connectTo, caFile } = ingress;
      bench = stackBench(kind, 'zero', { maxRuns: 2, swarm: { socket: testSocket(), connectTo, caFile } });
      await demoRecipes(join(bench.root, 'recipes'));
      await bench.start();
    });
    after(async () => {
      await bench?.dispose();
      ingress?.stop();
    });

    it('passes at https of its own domain, and leaves nothing', async () => {
      bench.apply('Run', 'plain', { recipe: 'hello' });
      const status = await bench.waitOver('plain', RUN_MS);
      expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed', level: 5, platform: kind });
      expect(status.version).to.deep.equal({ base: '1.0.0+1.0.0', head: '1.1.0+1.1.0' });
      expect(resultsOf(status)).to.include({ Install: 'Passed', Upgrade: 'Passed', Teardown: 'Passed' });
      expect(status.promotion).to.include({ result: 'Skipped', reason: 'NotEnrolled' });
      await bench.waitClean();
    });

    if (which === 'All') {
      it('is red when a change of it does not start', async () => {
        bench.apply('Run', 'broken', { recipe: 'hello', ref: 'broken/crash-loop' });
        const status = await bench.waitOver('broken', RUN_MS);
        expect(conditionOf(status, 'Succeeded')?.status).to.equal('False');
        expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', service: 'app' });
        expect(status).to.include({ blame: 'Recipe', level: 1 });
        await bench.waitClean();
      });
    }
  });
}
