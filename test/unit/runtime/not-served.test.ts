import { expect } from 'chai';
import type { Condition } from '../../../lib/api/generated/types.ts';
import { CcError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { Controller } from '../../../lib/runtime/controller.ts';
import { notServed } from '../../../lib/runtime/not-served.ts';
import type { ObjectStore } from '../../../lib/store/store.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { ObjectMap } from './object-map.ts';

const KEY = { kind: 'Sweep', name: 'weekly' } as const;
const NO_SPACE = new CcError('NoSpace', 'the disk is full');

class Store extends ObjectMap {
  async refuse(): Promise<void> {}
}

describe('a kind that is not served', () => {
  const rig = () => {
    const store = new Store();
    store.put(KEY);
    const clock = new FakeClock();
    const reconciler = notServed('Sweep', { store: store as unknown as ObjectStore, clock });
    const controller = new Controller({ store, reconciler, clock, log: silentLog, random: () => 1 });
    controller.enqueue(KEY.name);
    const words = () => {
      const conditions = (store.shown.get(KEY.name)?.conditions ?? []) as Condition[];
      return conditions.map(({ type, reason }) => `${type} ${reason}`);
    };
    return { store, clock, reconciler, words };
  };

  it('owns nothing', () => {
    const { store, reconciler } = rig();
    expect(reconciler.owns(store.put(KEY))).to.equal(false);
  });

  it('shows a pass that failed, and no more once one succeeds', async () => {
    const { store, clock, words } = rig();
    store.failWrites.push(NO_SPACE);
    await settle();
    expect(words()).to.deep.equal(['Accepted NotServed', 'Ready NotServed', 'Reconciling Retrying']);
    expect(store.shown.get(KEY.name)).to.have.property('nextAction');
    await clock.advance(1_000);
    expect(words()).to.deep.equal(['Accepted NotServed', 'Ready NotServed']);
    expect(store.shown.get(KEY.name)).not.to.have.property('nextAction');
  });
});
