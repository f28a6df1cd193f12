import { expect } from 'chai';
import { readLease } from '../../../lib/known-good/lease.ts';
import { PROMOTION_STEPS, type PromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import { condition } from '../run/bench.ts';
import { CANONICAL_DOMAIN, DATA, enrol, type Notes } from '../run/enrolled.ts';

const signal = new AbortController().signal;
const key = { kind: 'Canonical', name: 'notes' } as const;

async function destroy({ bench }: Notes): Promise<void> {
  const { uid } = bench.object(key);
  await bench.remove('notes');
  await bench.store.markDestroying(key);
  await bench.store.claims.release(CANONICAL_DOMAIN, uid);
  await bench.store.remove(key);
}

export interface End {
  what: string;
  end: (notes: Notes) => Promise<void>;
}

/** What becomes of the Canonical while a run promotes into it. */
export const ENDS: readonly End[] = [
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

export const BEFORE_SWAP = PROMOTION_STEPS.slice(0, PROMOTION_STEPS.indexOf('Swap'));

/** Drives a run `r1` until its promotion has done `step`. */
export async function promoteUpTo({ bench }: Notes, step: PromotionStep): Promise<void> {
  await bench.write('Run', 'r1', { recipe: 'notes' });
  const done = async () =>
    (await bench.journal('r1').catch(() => undefined))?.promotionMemory?.steps?.done.includes(step) ?? false;
  await bench.until(done, step);
}

/** No app at the canonical's domain, and no lease. */
export async function expectNothingUp({ bench }: Notes): Promise<void> {
  const { deployed } = await bench.platform.observe({ domain: CANONICAL_DOMAIN }, signal);
  expect(deployed).to.equal(false);
  expect(await readLease(bench.knownGood('notes').directory)).to.equal(undefined);
}

/** Nothing is owed to what the Canonical's own deletion does: only the run is looked at. */
export async function expectWayBack(notes: Notes, step: PromotionStep, end: End['end']): Promise<void> {
  const { bench } = notes;
  await promoteUpTo(notes, step);
  await end(notes);
  const ended = async () => (await bench.journal('r1')).collected === true;
  for (let pass = 0; pass < 40 && !(await ended()); pass += 1) {
    bench.clock.skippedMs += 1_000;
    await bench.pass({ kind: 'Run', name: 'r1' });
  }
  const { promotion, outcome } = await bench.journal('r1');
  expect(promotion?.result).to.equal('Failed');
  expect(outcome?.reason).to.equal('Passed');
  await expectNothingUp(notes);
  expect(await bench.knownGood('notes').pointerId()).to.equal(undefined);
  expect((await bench.knownGood('notes').volumesState()).state).to.equal('Dirty');
}

/** After the swap the outcome stands. */
export async function expectPromoted(notes: Notes, end: End['end']): Promise<void> {
  await promoteUpTo(notes, 'Swap');
  await end(notes);
  const status = await notes.bench.finish('r1');
  expect(status.promotion?.result).to.equal('Promoted');
  expect(condition(status, 'Succeeded')).to.equal('True/Passed');
  await expectNothingUp(notes);
}
