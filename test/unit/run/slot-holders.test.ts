import { expect } from 'chai';
import { RunActivity } from '../../../lib/run-record/run-activity.ts';
import { ground, queuedRun as run, slotsOf } from '../../builders/queued-run.ts';

describe('the holders of run slots', () => {
  it('go to the oldest first', () => {
    const slots = slotsOf(1);
    for (const name of ['b', 'a', 'c']) slots.update(run(name));
    expect(['a', 'b', 'c'].map((name) => slots.place(name, ground()).position)).to.deep.equal([0, 1, 2]);
  });

  it('of two that saw the last one only one gets it', () => {
    const slots = slotsOf(1);
    slots.update(run('a', { resting: true }));
    slots.update(run('b'));
    expect(slots.take('b', ground())).to.equal(true);
    slots.update(run('a'));
    expect(slots.take('a', ground())).to.equal(false);
  });

  for (const step of ['Testing', 'TearingDown', 'Promoting'] as const) {
    it(`are held while ${step}`, () => {
      const slots = slotsOf(1);
      slots.update(run('a', { step }));
      slots.update(run('b'));
      expect(slots.place('b', ground()).position).to.equal(1);
      expect(slots.update(run('a', { step: 'Ended' }))).to.equal('b');
      expect(slots.place('b', ground()).position).to.equal(0);
    });
  }

  it('are given back by a run that is held for a look, which is still busy', () => {
    const activity = new RunActivity(() => {});
    const slots = slotsOf(1, activity);
    slots.update(run('a', { step: 'Testing', tornDown: false }));
    expect(activity.active()).to.equal(1);
    slots.update(run('a', { step: 'Holding', tornDown: false }));
    expect(activity.active()).to.equal(0);
    expect(slots.isBusy('a')).to.equal(true);
  });

  it('are free again when their run is removed', () => {
    const activity = new RunActivity(() => {});
    const slots = slotsOf(1, activity);
    slots.update(run('a', { step: 'Testing' }));
    slots.remove('a');
    expect(activity.active()).to.equal(0);
  });
});
