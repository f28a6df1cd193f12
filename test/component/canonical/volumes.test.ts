import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { toTime } from '../../../lib/clock.ts';
import { acquireLease, readLease } from '../../../lib/known-good/lease.ts';
import { codeOf } from '../../rig/code-of.ts';
import { APP, DiskWorld } from './disk-world.ts';

const OWN = { holder: 'canonical', uid: 'uid-notes', attempt: 0 };
const RUN = { holder: 'r1', uid: 'uid-r1', attempt: 1 };
const RESTORE = { type: 'RestoreVolumes', id: 'a' } as const;
const REPAIR = { type: 'RepairLease' } as const;
const PINNED = `keep generation-uid-note-a 0123456789abcdef0123456789abcdef01234567`;

describe('the volumes of a canonical', () => {
  let world: DiskWorld;

  beforeEach(async () => {
    world = await DiskWorld.open();
    await world.write('good');
    await world.promote('a');
    await world.write('changed');
  });
  afterEach(() => world.close());

  const held = () => readLease(world.knownGood.directory);
  const take = (holder = OWN) => acquireLease(world.knownGood.directory, holder, world.clock);
  const history = () => world.journal.history.map(({ result, version }) => `${result} ${version}`);
  const calls = () => world.platform.calls.splice(0).map(({ method }) => method);

  it('I16 come back from the known-good under the lease, which is told once and given back last', async () => {
    await world.knownGood.setVolumesState({ state: 'Missing' });
    expect(await world.act(RESTORE)).to.deep.equal({ outcome: 'Requeue', afterMs: 0, reason: 'Restored' });
    expect(world.took()).to.deep.equal(['leave pool', PINNED, 'save Restored', 'VolumesRestored']);
    expect([await world.live(), await held()]).to.deep.equal([['good', 'good'], undefined]);
    expect(await world.knownGood.volumesState()).to.deep.equal({ state: 'Clean', generation: 'a' });
    expect(world.journal.history).to.deep.equal([
      {
        ...{ version: '1.1.0+1.1.0', commit: '0123456789abcdef0123456789abcdef01234567' },
        ...{ result: 'Restored', time: toTime(world.clock.now()) },
      },
    ]);
  });

  it('T68 are not those of a known-good that a promotion replaced since it was seen', async () => {
    await world.promote('b');
    await world.knownGood.setVolumesState({ state: 'Missing' });
    expect(await world.act(RESTORE)).to.deep.include({ afterMs: 0, reason: 'KnownGoodMoved' });
    expect([history(), world.took(), await held()]).to.deep.equal([[], [], undefined]);
    expect(await world.live()).to.deep.equal(['changed', 'changed']);
  });

  it('I16 come back a second time as they did the first, and that is told again', async () => {
    for (const _ of [1, 2]) {
      await world.clock.advance(1_000);
      await world.write('changed');
      await world.knownGood.setVolumesState({ state: 'Unknown' });
      await world.act(RESTORE);
      expect([await world.live(), await held()]).to.deep.equal([['good', 'good'], undefined]);
      expect(world.took()).to.include('VolumesRestored');
    }
    expect(history()).to.deep.equal(['Restored 1.1.0+1.1.0', 'Restored 1.1.0+1.1.0']);
  });

  it('keep the history short: the newest ten', async () => {
    const entry = { version: '1', commit: 'c', result: 'Promoted', run: 'r', time: '' } as const;
    world.journal.history = Array.from({ length: 10 }, () => entry);
    await world.knownGood.setVolumesState({ state: 'Missing' });
    await world.act(RESTORE);
    expect([world.journal.history.length, world.journal.history[0]?.result]).to.deep.equal([10, 'Restored']);
  });

  it('I8 whose restore was journaled under a lease that is repaired are restored, and told no second time', async () => {
    await world.knownGood.setVolumesState({ state: 'Missing' });
    const { since } = await take();
    for (const time of [since, toTime(world.clock.now() + 1)]) {
      await take();
      world.journal.history = [{ version: '1', commit: 'c', result: 'Restored', time }];
      expect(await world.act(REPAIR)).to.deep.include({ afterMs: 0, reason: 'LeaseRepaired' });
      expect(world.took().slice(1)).to.deep.equal(['leave pool', PINNED, 'LeaseRepaired']);
      expect([history().length, await held()]).to.deep.equal([1, undefined]);
    }
  });

  it('I8 whose restore is older than the lease that is repaired, or was a promotion, are told of', async () => {
    const older = toTime(world.clock.now());
    await world.clock.advance(1);
    for (const result of ['Restored', 'Promoted'] as const) {
      const { since } = await take();
      world.journal.history = [{ version: '1', commit: 'c', result, time: result === 'Restored' ? older : since }];
      await world.act(REPAIR);
      expect(world.took().slice(3)).to.deep.equal(['save Restored', 'VolumesRestored', 'LeaseRepaired']);
    }
  });

  it('T50 are put back where the lease of a run is repaired, which is told, as no restore of lost volumes', async () => {
    await take(RUN);
    await world.act(REPAIR);
    expect(world.took().slice(1)).to.deep.equal(['leave pool', PINNED, 'LeaseRepaired']);
    expect([await world.live(), history(), await held()]).to.deep.equal([['good', 'good'], [], undefined]);
    expect(await world.knownGood.volumesState()).to.deep.equal({ state: 'Clean', generation: 'a' });
  });

  it('are left as they are where the lease of upkeep is repaired: nothing was done to them under it', async () => {
    for (const state of [
      { state: 'Clean', generation: 'a' },
      { state: 'Dirty', generation: 'a' },
    ] as const) {
      await world.knownGood.setVolumesState(state);
      await take({ ...OWN, holder: 'canonical-upkeep' });
      calls();
      expect(await world.act(REPAIR)).to.deep.include({ afterMs: 0, reason: 'LeaseRepaired' });
      expect(world.took()).to.deep.equal(['leave pool', 'LeaseRepaired']);
      expect([await world.live(), history(), await held()]).to.deep.equal([['changed', 'changed'], [], undefined]);
      expect(calls()).to.not.include.members(['undeploy']);
      expect(await world.knownGood.volumesState()).to.deep.equal(state);
    }
  });

  it('are left alone where the generation cannot be read: the lease stays, and once it can be, goes', async () => {
    await take(RUN);
    const data = join(world.knownGood.sets.pathOf('a'), 'volumes/data/note');
    rmSync(data);
    calls();
    expect(await world.act(REPAIR)).to.deep.include({ reason: 'LeaseRepaired' });
    expect(calls()).to.include('undeploy').and.not.include('destroy');
    expect([await world.live(), await held()]).to.deep.equal([['changed', 'changed'], undefined]);
    await world.knownGood.setVolumesState({ state: 'Missing' });
    expect(await codeOf(world.act(RESTORE))).to.equal('Damaged');
    expect(await held()).to.include(OWN);
    writeFileSync(data, 'good');
    await world.act(REPAIR);
    expect([await world.live(), await held()]).to.deep.equal([['good', 'good'], undefined]);
  });

  it('I14 are not touched by an act whose pass is stopped', async () => {
    await world.knownGood.setVolumesState({ state: 'Missing' });
    const stopped = new AbortController();
    stopped.abort(new Error('stop'));
    await world.act(RESTORE, stopped.signal).catch(() => undefined);
    expect(await world.live()).to.deep.equal(['changed', 'changed']);
    expect([history(), await held()]).to.deep.equal([[], { ...OWN, since: toTime(world.clock.now()) }]);
  });

  it('are tidied of what a crash left beside them and among the generations, under the lease', async () => {
    const litter = [
      join(world.note(), '../../.cc-ci~incoming~data~x~1'),
      join(world.knownGood.sets.directory, '.tmp-x'),
    ];
    for (const path of litter) mkdirSync(path, { recursive: true });
    expect((await world.look()).facts.leavings).to.equal('Litter');
    expect(await world.act({ type: 'Tidy' })).to.deep.include({ afterMs: 0, reason: 'Tidied' });
    expect(litter.filter((path) => existsSync(path))).to.deep.equal([]);
    expect([(await world.look()).facts.leavings, await held()]).to.deep.equal(['None', undefined]);
    expect((await world.platform.volumes(APP, new AbortController().signal)).length).to.equal(1);
  });

  it('I17 go with the generations, whose commits are let go while they can still be told', async () => {
    await world.write('better');
    await world.promote('b', 'a');
    world.object = { ...world.object, deletion: { state: 'Destroying' } as never };
    expect(await world.act({ type: 'Destroy' })).to.deep.equal({ outcome: 'Done' });
    expect(world.took().slice(1)).to.have.members([
      ...['release generation-uid-note-a', 'release generation-uid-note-b'],
      ...[`give back ${APP.domain}`, 'remove notes'],
    ]);
    expect(existsSync(world.knownGood.directory)).to.equal(false);
    expect(await world.platform.volumes(APP, new AbortController().signal)).to.deep.equal([]);
  });
});
