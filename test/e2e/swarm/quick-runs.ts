import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { digestOf, knownGoodDigest } from '../../../scripts/demo/known-good-digest.ts';
import { docker } from '../../rig/test-engine.ts';
import { demoCanonical } from '../demo-canonical.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { RecipeRepository } from '../recipes.ts';
import { type StackKind, stackBench } from './stack-bench.ts';

const RUN_MS = 300_000;

/** A quick run that passes and one that fails, with the digests of record, sets and volumes before and after. */
export function quickRuns(kind: StackKind): void {
  describe(`quick runs on ${kind}`, function () {
    this.timeout(2 * RUN_MS);
    let bench: Bench;

    before(async () => {
      bench = stackBench(kind, 'quick');
      const spec = await demoCanonical(bench, 'notes');
      new RecipeRepository(join(bench.root, 'recipes/notes')).branch('change', { 'change.txt': 'not released\n' });
      await bench.start();
      bench.apply('Canonical', 'notes', spec);
      await bench.waitCondition({ kind: 'Canonical', name: 'notes' }, 'Ready', 'True', RUN_MS);
      await bench.waitClean();
    });
    after(() => bench?.dispose());

    const canonical = () => join(bench.state, 'canonicals/notes');
    const run = async (name: string, ref: string): Promise<RunStatus> => {
      bench.apply('Run', name, { recipe: 'notes', ref, mode: 'Quick' });
      return await bench.waitOver(name, RUN_MS);
    };
    /** Where the volumes of the canonical's stack are. */
    const live = (volume: string): string => {
      const name = `${stackNameOf(`warm-canon-notes.${bench.zone}`)}_${volume}`;
      return docker('volume', 'inspect', '--format', '{{.Mountpoint}}', name).trim();
    };

    it('I1 I2 one that passes leaves record and snapshot byte by byte as they were', async () => {
      const before = knownGoodDigest(canonical());
      const over = await run('passes', 'change');
      expect(conditionOf(over, 'Succeeded'), JSON.stringify(over)).to.include({ status: 'True', reason: 'Passed' });
      expect(over).to.include({ mode: 'Quick', confidence: 'Low', platform: kind });
      expect(over.stages?.find(({ name }) => name === 'Upgrade')).to.include({ result: 'Passed', evidence: 'Hooks' });
      expect(knownGoodDigest(canonical())).to.equal(before);
      await bench.waitClean();
    });

    it('I2 I3 one that fails puts the known-good back, byte by byte', async () => {
      const before = knownGoodDigest(canonical());
      const over = await run('fails', 'broken/loses-data');
      expect(
        over.stages?.find(({ result }) => result === 'Failed'),
        JSON.stringify(over),
      ).to.include({
        ...{ name: 'Upgrade', reason: 'DataLost' },
      });
      expect(conditionOf(over, 'TornDown')).to.include({ status: 'True' });
      expect(knownGoodDigest(canonical())).to.equal(before);
      const { knownGood } = await bench.canonicalStatus('notes');
      const names = knownGood?.snapshot?.volumes?.map(({ name }) => name) ?? [];
      expect(names).not.to.have.length(0);
      for (const name of names)
        expect(digestOf([live(name)]), name).to.equal(digestOf([join(canonical(), 'known-good/volumes', name)]));
      await bench.waitClean();
    });
  });
}
