import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { Manager } from '../../../lib/runtime/manager.ts';
import { done, requeueAfter } from '../../../lib/runtime/reconciler.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeReconciler, gate } from '../../fakes/fake-reconciler.ts';
import { ObjectMap } from './object-map.ts';

const RESYNC_MS = 600_000;

function bench(random: () => number = () => 0.5) {
  const clock = new FakeClock();
  const store = new ObjectMap('a', 'b');
  store.put({ kind: 'Canonical', name: 'notes' });
  const runs = new FakeReconciler({ kind: 'Run' });
  const canonicals = new FakeReconciler({ kind: 'Canonical' });
  const reconcilers = [runs, canonicals];
  const manager = new Manager({ store, reconcilers, clock, log: silentLog, random, resyncMs: RESYNC_MS });
  return { clock, store, runs, canonicals, manager };
}

describe('Manager', () => {
  it('does nothing before start, then looks at every object once', async () => {
    const { runs, canonicals, manager } = bench();
    manager.enqueue({ kind: 'Run', name: 'b' }, 'Person');
    await settle();
    expect(runs.calls).to.deep.equal([]);
    manager.start();
    manager.start();
    await manager.idle();
    expect(runs.calls, 'what arrived early goes first').to.deep.equal(['b', 'a']);
    expect(canonicals.calls).to.deep.equal(['notes']);
    await manager.stop(0);
  });

  it('looks at every object again within each resync period, not all at the same moment', async () => {
    let draws = 0;
    const { clock, runs, canonicals, manager } = bench(() => [0, 0.5, 1][draws++ % 3]!);
    manager.start();
    await manager.idle();
    await clock.advance(RESYNC_MS * 0.8 - 1);
    expect([...runs.calls, ...canonicals.calls].length).to.equal(3);
    await clock.advance(1);
    await clock.advance(RESYNC_MS * 0.15);
    const spread = [...runs.calls, ...canonicals.calls].length;
    expect(spread).to.be.within(4, 5);
    await clock.advance(RESYNC_MS * 0.1);
    expect([...runs.calls, ...canonicals.calls].length).to.equal(6);
    for (let i = 0; i < 9; i += 1) await clock.advance(RESYNC_MS);
    expect(runs.calls.filter((name) => name === 'a').length).to.be.within(10, 14);
    await manager.stop(0);
  });

  it('objects that come and go are picked up and dropped by the resync', async () => {
    const { clock, store, runs, manager } = bench();
    manager.start();
    await manager.idle();
    store.drop({ kind: 'Run', name: 'a' });
    store.put({ name: 'new' });
    await clock.advance(RESYNC_MS);
    expect(runs.calls).to.deep.equal(['a', 'b', 'b', 'new']);
    await manager.stop(0);
  });

  it('a key of a kind that nobody reconciles is ignored', async () => {
    const { manager } = bench();
    manager.start();
    manager.enqueue({ kind: 'Sweep', name: 'weekly' });
    await manager.idle();
    await manager.stop(0);
  });

  it('idle waits for keys that one kind enqueues at another', async () => {
    const { runs, canonicals, manager } = bench();
    const held = gate();
    runs.script = async (_key, _pass, number) => {
      if (number === 1) await held.promise;
      manager.enqueue({ kind: 'Canonical', name: 'notes' });
      return done;
    };
    manager.start();
    const idle = manager.idle();
    held.open();
    await idle;
    expect(canonicals.calls.length).to.be.greaterThan(1);
    await manager.stop(0);
  });

  it('stop leaves no timer behind, takes no key, and is idempotent', async () => {
    const { clock, runs, manager } = bench();
    runs.script = () => requeueAfter(1000, 'again');
    manager.start();
    await manager.idle();
    expect(await manager.stop(100)).to.deep.equal([]);
    expect(await manager.stop(100)).to.deep.equal([]);
    manager.enqueue({ kind: 'Run', name: 'a' });
    manager.start();
    await clock.advance(RESYNC_MS * 3);
    expect(runs.calls.length).to.equal(2);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('one stop waits for all kinds at the same time, not one after the other', async () => {
    const { clock, runs, canonicals, manager } = bench();
    const held = gate();
    for (const one of [runs, canonicals]) {
      one.script = async () => {
        await held.promise;
        return done;
      };
    }
    manager.start();
    await settle();
    const stopped = manager.stop(1000);
    await clock.advance(1000);
    const keys = await stopped;
    expect(keys.map((key) => key.kind).sort()).to.deep.equal(['Canonical', 'Run']);
    held.open();
    await manager.idle();
  });

  it('asks the kind whether an object holds something; before it is loaded every one does', async () => {
    const { store, runs, canonicals, manager } = bench();
    canonicals.owners.add('notes');
    const owned = (): boolean[] => store.list().map((object) => manager.owns(object));
    expect(owned()).to.deep.equal([true, true, true]);
    await manager.load();
    expect(runs.calls).to.deep.equal(['load']);
    expect(owned()).to.deep.equal([false, false, true]);
    expect(manager.owns({ kind: 'Canonical', name: 'unknown' })).to.equal(false);
    expect(manager.owns({ kind: 'Sweep', name: 'notes' })).to.equal(false);
  });

  it('lets every kind journal a stop, also where one cannot', async () => {
    const { runs, canonicals, manager } = bench();
    const fault = new CcError('NoSpace', 'the disk is full');
    runs.failNext = [fault];
    const ended = await manager.stopped().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(ended).to.equal(fault);
    expect(canonicals.calls).to.deep.equal(['stopped']);
  });
});
