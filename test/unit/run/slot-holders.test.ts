import { expect } from 'chai';
import { type QueuedRun, Slots } from '../../../controllers/run/slots.ts';

const run = (name: string, overrides: Partial<QueuedRun> = {}): QueuedRun => ({
  uid: name,
  name,
  step: 'Pending',
  creationTimestamp: '2030-01-01T00:00:00.000Z',
  resting: false,
  tornDown: true,
  ...overrides,
});

describe('the holders of run slots', () => {
  it('go to the oldest first', () => {
    const slots = new Slots(1);
    for (const name of ['b', 'a', 'c']) slots.update(run(name));
    expect(['a', 'b', 'c'].map((name) => slots.position(name))).to.deep.equal([0, 1, 2]);
  });

  it('of two that saw the last one only one gets it', () => {
    const slots = new Slots(1);
    slots.update(run('a', { resting: true }));
    slots.update(run('b'));
    expect(slots.take('b')).to.equal(true);
    slots.update(run('a'));
    expect(slots.take('a')).to.equal(false);
  });

  for (const step of ['Testing', 'TearingDown', 'Promoting'] as const) {
    it(`are held while ${step}`, () => {
      const slots = new Slots(1);
      slots.update(run('a', { step }));
      slots.update(run('b'));
      expect(slots.position('b')).to.equal(1);
      expect(slots.update(run('a', { step: 'Ended' }))).to.equal('b');
      expect(slots.position('b')).to.equal(0);
    });
  }

  it('are given back by a run that is held for a look, which is still busy', () => {
    const slots = new Slots(1);
    slots.update(run('a', { step: 'Testing', tornDown: false }));
    slots.update(run('a', { step: 'Holding', tornDown: false }));
    expect(slots.active()).to.equal(0);
    expect(slots.isBusy('a')).to.equal(true);
  });

  it('are free again when their run is removed', () => {
    const slots = new Slots(1);
    slots.update(run('a', { step: 'Testing' }));
    slots.remove('a');
    expect(slots.active()).to.equal(0);
  });
});
