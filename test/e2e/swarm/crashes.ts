import { expect } from 'chai';
import { assertEnded, assertWhole } from '../crashes.ts';
import { demoCanonical } from '../demo-canonical.ts';
import type { Bench } from '../harness.ts';
import type { Moment } from '../moments.ts';
import { type StackKind, stackBench } from './stack-bench.ts';

const RUN_MS = 180_000;

/** Kills the controller at each moment of a run on a stack. */
export function stackCrashes(kind: StackKind, moments: readonly Moment[]): void {
  describe(`a controller that is killed in mid-run on ${kind}`, function () {
    this.timeout(2 * RUN_MS);
    let bench: Bench;

    before(async () => {
      bench = stackBench(kind, 'kill');
      const spec = await demoCanonical(bench, 'notes');
      await bench.start();
      bench.apply('Canonical', 'notes', spec);
      await bench.waitCondition({ kind: 'Canonical', name: 'notes' }, 'Ready', 'True', RUN_MS);
    });
    after(() => bench?.dispose());

    for (const [round, { name, reached }] of moments.entries()) {
      it(`I8 I18 ${name}: ends a cold run with promotion well`, async () => {
        const run = `round-${round}`;
        bench.apply('Run', run, { recipe: 'notes', ref: '2.0.0+2.0.0' });
        await reached(bench, run);
        await bench.kill9();
        await assertWhole(bench, 'notes');
        await bench.start();
        await assertEnded(bench, { recipe: 'notes', run, at: name, timeoutMs: RUN_MS });
        await bench.waitClean();
        expect((await bench.canonicalStatus('notes')).volumes?.state, name).to.equal('Clean');
      });
    }
  });
}
