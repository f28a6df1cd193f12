import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readLease } from '../../../lib/known-good/lease.ts';
import { PROMOTION_STEPS, type PromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import { condition } from '../run/bench.ts';
import { CANONICAL_DOMAIN, DATA, enrol, type Notes, notesBench } from '../run/enrolled.ts';

const signal = new AbortController().signal;
const key = { kind: 'Canonical', name: 'notes' } as const;

async function destroy({ bench }: Notes): Promise<void> {
  const { uid } = bench.object(key);
  await bench.remove('notes');
  await bench.store.markDestroying(key);
  await bench.store.claims.release(CANONICAL_DOMAIN, uid);
  await bench.store.remove(key);
}

/** What becomes of the Canonical while a run promotes into it. */
const ENDS: readonly { what: string; end: (notes: Notes) => Promise<void> }[] = [
  {
    what: 'its spec file is deleted',
    end: async ({ bench }) => {
      await bench.remove('notes');
      await bench.request(key, 'delete');
    },
  },
  { what: 'it is destroyed, claim, record and all', end: destroy },
  {
    what: 'another one of its name takes its place',
    end: async (notes) => {
      await destroy(notes);
      await enrol(notes, { ci: { data: DATA } });
    },
  },
];

const BEFORE_SWAP = PROMOTION_STEPS.slice(0, PROMOTION_STEPS.indexOf('Swap'));

describe('a promotion whose Canonical goes in the middle', function () {
  this.timeout(60_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes);
  });
  afterEach(() => notes.bench.close());

  const promoteUpTo = async (step: PromotionStep): Promise<void> => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    const done = async () =>
      (await notes.bench.journal('r1').catch(() => undefined))?.promotionMemory?.steps?.done.includes(step) ?? false;
    await notes.bench.until(done, step);
  };
  const expectNothingUp = async (): Promise<void> => {
    const { deployed } = await notes.bench.platform.observe({ domain: CANONICAL_DOMAIN }, signal);
    expect(deployed).to.equal(false);
    expect(await readLease(notes.bench.knownGood('notes').directory)).to.equal(undefined);
  };

  for (const step of BEFORE_SWAP) {
    for (const { what, end } of ENDS) {
      it(`T72 after ${step}: ${what}: it goes all the way back and is Failed`, async () => {
        await promoteUpTo(step);
        await end(notes);
        // The run alone: nothing is owed to what the Canonical's own deletion does.
        const ended = async () => (await notes.bench.journal('r1')).collected === true;
        for (let pass = 0; pass < 40 && !(await ended()); pass += 1) {
          notes.bench.clock.skippedMs += 1_000;
          await notes.bench.pass({ kind: 'Run', name: 'r1' });
        }
        const { promotion, outcome } = await notes.bench.journal('r1');
        expect(promotion?.result).to.equal('Failed');
        expect(outcome?.reason).to.equal('Passed');
        await expectNothingUp();
        expect(await notes.bench.knownGood('notes').pointerId()).to.equal(undefined);
        expect((await notes.bench.knownGood('notes').volumesState()).state).to.equal('Dirty');
      });
    }
  }

  for (const { what, end } of ENDS) {
    it(`T72 after Swap: ${what}: it is Promoted, and nothing is left held`, async () => {
      await promoteUpTo('Swap');
      await end(notes);
      const status = await notes.bench.finish('r1');
      expect(status.promotion?.result).to.equal('Promoted');
      expect(condition(status, 'Succeeded')).to.equal('True/Passed');
      await expectNothingUp();
    });
  }

  it('T72 the deletion then leaves nothing, without waiting for the run for ever', async () => {
    await enrol(notes, { dataRetention: '1s', ci: { data: DATA } });
    await promoteUpTo('Deploy');
    await notes.bench.remove('notes');
    await notes.bench.request(key, 'delete');
    await notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');
    await expectNothingUp();
    expect(await notes.bench.platform.volumes({ domain: CANONICAL_DOMAIN }, signal)).to.deep.equal([]);
    expect(await notes.bench.store.claims.get(CANONICAL_DOMAIN)).to.equal(undefined);
  });

  it('T84 a link that is garbage holds up no way back', async () => {
    await promoteUpTo('Deploy');
    await writeFile(join(notes.bench.knownGood('notes').directory, 'known-good'), 'x');
    await notes.bench.request({ kind: 'Run', name: 'r1' }, 'cancel');
    expect((await notes.bench.finish('r1')).promotion?.result).to.equal('Failed');
    await expectNothingUp();
  });
});
