import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { demoCanonical } from '../demo-canonical.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { type StackKind, stackBench } from './stack-bench.ts';

/** Moments at which the controller is killed: a quarter of the `CRASH_RUNS` of the process platform. */
const KILLS = Math.max(1, Math.round(Number(process.env.CRASH_RUNS ?? 4) / 4));
/** About as long as an undisturbed run with promotion takes. */
const SPAN_MS = 40_000;
const RUN_MS = 180_000;

/** A sample of moments at which the controller dies. */
export function crashes(kind: StackKind): void {
  describe(`a controller that is killed in mid-run on ${kind}`, function () {
    this.timeout(RUN_MS + KILLS * (SPAN_MS + RUN_MS));
    let bench: Bench;

    before(async () => {
      bench = stackBench(kind, 'kill');
      const spec = await demoCanonical(bench, 'notes');
      await bench.start();
      bench.apply('Canonical', 'notes', spec);
      await bench.waitCondition({ kind: 'Canonical', name: 'notes' }, 'Ready', 'True', RUN_MS);
    });
    after(() => bench?.dispose());

    it(`I8 I18 ends ${KILLS} cold runs with promotion well`, async () => {
      for (let round = 1; round <= KILLS; round += 1) {
        // One moment from each part of the run, so that a few kills reach all of it.
        const afterMs = Math.floor(((round - 1) * SPAN_MS) / KILLS) + randomInt(Math.floor(SPAN_MS / KILLS));
        const run = `round-${round}`;
        bench.apply('Run', run, { recipe: 'notes', ref: '2.0.0+2.0.0' });
        await systemClock.sleep(afterMs);
        const running = (await bench.runStatus(run)).stages?.find(({ result }) => result === 'Running')?.name;
        await bench.kill9();
        await assertWhole();
        await bench.start();
        const over = await bench.waitOver(run, RUN_MS);
        const at = `killed after ${afterMs} ms in ${running ?? 'no stage'}: ${JSON.stringify(over)}`;
        expect(conditionOf(over, 'Succeeded'), at).to.include({ status: 'True', reason: 'Passed' });
        expect(conditionOf(over, 'TornDown')?.status, at).to.equal('True');
        expect(over.promotion?.result, at).to.equal('Promoted');
        expect(await assertWhole(), at).to.equal(over.promotion?.generation);
        await bench.waitClean();
        expect((await bench.canonicalStatus('notes')).volumes?.state, at).to.equal('Clean');
      }
    });

    /** Id of the known-good, which has to be complete and intact. */
    async function assertWhole(): Promise<string> {
      const store = new KnownGoodStore({ directory: join(bench.state, 'canonicals', 'notes') });
      const id = await store.pointerId();
      if (id === undefined) throw new Error('the pointer of the known-good is gone');
      expect(await store.verify(id, new AbortController().signal)).to.include({ state: 'Intact' });
      return id;
    }
  });
}
