import { join } from 'node:path';
import { expect } from 'chai';
import type { RunMode, RunStatus } from '../../lib/api/generated/types.ts';
import { knownGoodDigest } from '../../scripts/demo/known-good-digest.ts';
import { assertEnded, assertWhole, enrolledBench } from './crashes.ts';
import { type Bench, conditionOf } from './harness.ts';
import type { Moment } from './moments.ts';
import { SmallDisk } from './small-disk.ts';

const RECIPE = 'box';

/** When the disk of a controller is full: from which moment of a run on, and what of it is left. */
export interface FullFrom extends Moment {
  mode: RunMode;
  /** Bytes that are free, and are not taken again. */
  leave: number;
}

/** Fills the disk that holds specs, state, sources and apps at each moment of a run, and gives it back a while later. */
export function fullDisks(moments: readonly FullFrom[]): void {
  describe('T64 a controller whose disk is full in mid-run', function () {
    this.timeout(240_000);
    let disk: SmallDisk;
    let bench: Bench;
    before(async function () {
      const mounted = SmallDisk.mount();
      if (mounted === undefined) this.skip();
      disk = mounted;
      bench = await enrolledBench([RECIPE], { disk: { floor: '0B' } }, disk.root);
    });
    after(async () => {
      await bench?.dispose();
      await disk?.dispose();
    });

    const record = (): string => knownGoodDigest(join(bench.state, 'canonicals', RECIPE));

    for (const [round, moment] of moments.entries()) {
      it(`I1 I2 I3 ${moment.name} of a ${moment.mode} run: keeps the known-good, and goes on once there is room`, async () => {
        const [run, before] = [`${RECIPE}-${round}`, record()];
        const ref = moment.mode === 'Quick' ? 'change' : '1.1.0+1.1.0';
        bench.apply('Run', run, { recipe: RECIPE, ref, mode: moment.mode });
        await moment.reached(bench, run);
        await beFull(run, moment.leave);
        await assertWhole(bench, RECIPE);
        disk.empty();
        const over = await bench.waitOver(run, 120_000);
        expectHonest(over);
        if (moment.mode === 'Quick') expect(record()).to.equal(before);
        await assertNext(`${run}-next`);
      });
    }

    /** Until the controller has met it: what becomes free is taken again, unless some is left; then a run may fit. */
    async function beFull(run: string, leave: number): Promise<void> {
      const from = bench.log.length;
      disk.fill();
      disk.giveBack(leave);
      await bench.waitFor('the controller to meet the full disk', async () => {
        if (leave === 0) disk.fill();
        return /ENOSPC|no space left/.test(bench.log.slice(from)) || (leave > 0 && (await isOver(run)));
      });
    }

    async function isOver(run: string): Promise<boolean> {
      const { status = 'Unknown' } = conditionOf(await bench.runStatus(run), 'Succeeded') ?? {};
      return status !== 'Unknown';
    }

    /** A controller that has room again does as if there had been nothing. */
    async function assertNext(run: string): Promise<void> {
      bench.apply('Run', run, { recipe: RECIPE, ref: '1.1.0+1.1.0' });
      await assertEnded(bench, { recipe: RECIPE, run, at: 'never', timeoutMs: 120_000 });
      await bench.waitClean();
      expect((await bench.canonicalStatus(RECIPE)).volumes?.state).to.equal('Clean');
    }
  });
}

/** A change that is good is never called bad because the disk was full. */
function expectHonest(over: RunStatus): void {
  const seen = JSON.stringify(over);
  expect(conditionOf(over, 'Succeeded')?.reason, seen).to.be.oneOf(['Passed', 'InfraError']);
  expect(over.blame, seen).to.be.oneOf([undefined, 'Infra']);
  expect(conditionOf(over, 'TornDown')?.status, seen).to.equal('True');
}
