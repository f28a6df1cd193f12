import { expect } from 'chai';
import { ground, queuedRun as queued, slotsOf } from '../../builders/queued-run.ts';

describe('run slots', () => {
  it('go to one run only, also where an older one arrives while it starts', () => {
    const slots = slotsOf(1);
    slots.update(queued('b'));
    expect(slots.take('b', ground())).to.equal(true);
    slots.update(queued('a'));
    expect(slots.place('a', ground()).position).to.equal(1);
    expect(slots.take('a', ground())).to.equal(false);
  });

  it('go to the oldest first', () => {
    const slots = slotsOf(1);
    slots.update(queued('b'));
    slots.update(queued('a'));
    expect(slots.take('b', ground())).to.equal(false);
    expect(slots.take('a', ground())).to.equal(true);
    expect(slots.place('b', ground()).position).to.equal(1);
  });

  it('are not given to runs that nobody knows', () => {
    expect(slotsOf(1).take('x', ground())).to.equal(false);
  });

  it('come back when a run holds, ends or goes, and wake the first that waits and no other', () => {
    for (const step of ['Holding', 'Ended', 'Pending'] as const) {
      const slots = slotsOf(1);
      slots.update(queued('a', { step: 'Testing' }));
      for (const name of ['d', 'b', 'c']) expect(slots.update(queued(name))).to.equal(undefined);
      expect(slots.update(queued('a', { step, resting: true })), step).to.equal('b');
      expect(slots.update(queued('a', { step, resting: true })), step).to.equal(undefined);
    }
    const slots = slotsOf(1);
    slots.update(queued('a', { step: 'Promoting' }));
    for (const name of ['c', 'b']) slots.update(queued(name));
    expect(slots.remove('a')).to.equal('b');
    expect(slots.remove('a')).to.equal(undefined);
  });

  it('wake for each one that is freed the one that it is for', () => {
    const slots = slotsOf(2);
    for (const name of ['a', 'b']) slots.update(queued(name, { step: 'Testing' }));
    for (const name of ['c', 'd', 'e']) slots.update(queued(name));
    expect(slots.update(queued('a', { step: 'Ended' }))).to.equal('c');
    expect(slots.update(queued('b', { step: 'Ended' }))).to.equal('d');
    expect(['c', 'd', 'e'].map((name) => slots.place(name, ground()).position)).to.deep.equal([0, 0, 1]);
  });

  it('are kept from nobody by a run that waits for a lease: it says so, and the next is woken', () => {
    const slots = slotsOf(1);
    for (const name of ['a', 'b']) slots.update(queued(name));
    expect(slots.awaitLease('a', { state: 'Waits', position: 2, holder: 'r9' })).to.equal('b');
    expect(slots.place('a', ground())).to.include({ position: 2, reason: 'Lease', holder: 'r9' });
    expect(slots.take('a', ground())).to.equal(false);
    slots.update(queued('a'));
    expect(slots.place('b', ground()).position).to.equal(0);
    expect(slots.awaitLease('a', undefined)).to.equal(undefined);
    expect(slots.take('a', ground())).to.equal(true);
    expect(slots.awaitLease('x', undefined)).to.equal(undefined);
  });

  it('come before a lease: who has neither waits for the slot', () => {
    const slots = slotsOf(1);
    slots.update(queued('x', { step: 'Testing' }));
    slots.update(queued('a', { lease: { state: 'Waits', position: 1 } }));
    expect(slots.place('a', ground())).to.include({ reason: 'Slot' });
    slots.update(queued('b'));
    expect(slots.update(queued('x', { step: 'Ended' }))).to.equal('b');
  });

  it('that are free go on to the next where the first in the queue rests, or goes', () => {
    const slots = slotsOf(1);
    for (const name of ['a', 'b', 'c']) slots.update(queued(name));
    expect(slots.update(queued('a', { resting: true }))).to.equal('b');
    expect(slots.remove('b')).to.equal('c');
    expect(slots.take('c', ground())).to.equal(true);
  });

  it('wake nobody while none is free, and not who gave its own back: that one waits out its fault', () => {
    const slots = slotsOf(1);
    slots.update(queued('a', { step: 'Testing' }));
    for (const name of ['b', 'c']) slots.update(queued(name));
    expect(slots.update(queued('b', { resting: true }))).to.equal(undefined);
    expect(slots.remove('b')).to.equal(undefined);
    expect(slots.update(queued('a'))).to.equal(undefined);
    expect(slots.place('a', ground()).position).to.equal(0);
  });

  it('are not waited for by runs that rest', () => {
    const slots = slotsOf(1);
    slots.update(queued('a', { resting: true }));
    slots.update(queued('b'));
    expect(slots.place('b', ground()).position).to.equal(0);
  });
});
