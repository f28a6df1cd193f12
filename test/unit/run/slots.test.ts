import { expect } from 'chai';
import { type QueuedRun, Slots } from '../../../controllers/run/slots.ts';

function queued(name: string, overrides: Partial<QueuedRun> = {}): QueuedRun {
  const creationTimestamp = '2026-01-01T00:00:00.000Z';
  return { uid: `uid-${name}`, name, step: 'Pending', creationTimestamp, resting: false, tornDown: true, ...overrides };
}

describe('run slots', () => {
  it('go to one run only, also where an older one arrives while it starts', () => {
    const slots = new Slots(1);
    slots.update(queued('b'));
    expect(slots.take('uid-b')).to.equal(true);
    slots.update(queued('a'));
    expect(slots.position('uid-a')).to.equal(1);
    expect(slots.take('uid-a')).to.equal(false);
  });

  it('go to the oldest first', () => {
    const slots = new Slots(1);
    slots.update(queued('b'));
    slots.update(queued('a'));
    expect(slots.take('uid-b')).to.equal(false);
    expect(slots.take('uid-a')).to.equal(true);
    expect(slots.waiting()).to.deep.equal(['b']);
  });

  it('are not given to runs that nobody knows', () => {
    expect(new Slots(1).take('uid-x')).to.equal(false);
  });

  it('come back when a run holds, ends or goes', () => {
    for (const step of ['Holding', 'Ended', 'Pending'] as const) {
      const slots = new Slots(1);
      slots.update(queued('a', { step: 'Testing' }));
      expect(slots.update(queued('a', { step, resting: true })), step).to.equal(true);
      expect(slots.active()).to.equal(0);
    }
    const slots = new Slots(1);
    slots.update(queued('a', { step: 'Promoting' }));
    expect(slots.remove('uid-a')).to.equal(true);
    expect(slots.remove('uid-a')).to.equal(false);
  });

  it('are not waited for by runs that rest', () => {
    const slots = new Slots(1);
    slots.update(queued('a', { resting: true }));
    slots.update(queued('b'));
    expect(slots.position('uid-b')).to.equal(0);
  });
});
