import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { Controller } from '../../../lib/runtime/controller.ts';
import { showDamage } from '../../../lib/runtime/damage.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeReconciler } from '../../fakes/fake-reconciler.ts';
import { ObjectMap } from './object-map.ts';

interface Shown {
  conditions: { type: string; status: string; reason: string }[];
}

describe('an object whose record cannot be read', () => {
  for (const [kind, outcome] of [
    ['Canonical', 'Ready False'],
    ['Run', 'Succeeded Unknown'],
  ] as const) {
    it(`T84 ${kind}: stalls and says so, and claims nothing that only the record could tell`, async () => {
      const store = new ObjectMap();
      store.put({ kind, name: 'a' });
      const reconciler = new FakeReconciler({ kind });
      const clock = new FakeClock();
      const controller = new Controller({ store, reconciler, clock, log: silentLog, random: () => 1 });
      reconciler.failNext = [new DamagedRecord('/state/journal.json', new CcError('Damaged', 'no JSON'))];
      controller.enqueue('a');
      await settle();
      const { conditions } = store.shown.get('a') as unknown as Shown;
      expect(conditions.map(({ type, status }) => `${type} ${status}`)).to.deep.equal([outcome, 'Stalled True']);
      expect(conditions.every(({ reason }) => reason === 'DamagedRecord')).to.equal(true);
      await clock.advance(86_400_000);
      expect(reconciler.calls).to.have.lengthOf(1);
    });
  }

  for (const failing of ['event', 'projectStatus'] as const) {
    it(`T84 the fault of ${failing} is passed on, and what comes after it is not tried`, async () => {
      const done: string[] = [];
      const full = new CcError('NoSpace', 'the disk is full');
      const call = (name: string) => async () => {
        if (name === failing) throw full;
        done.push(name);
      };
      const object = new ObjectMap('a').get({ kind: 'Run', name: 'a' });
      const store = { get: () => object, event: call('event'), projectStatus: call('projectStatus') };
      const error = new DamagedRecord('/state/journal.json', new CcError('Damaged', 'no JSON'));
      const shown = showDamage({ store, clock: new FakeClock(), key: { kind: 'Run', name: 'a' }, error });
      expect(await shown.catch((caught: unknown) => caught)).to.equal(full);
      expect(done).to.deep.equal(failing === 'event' ? [] : ['event']);
    });
  }
});
