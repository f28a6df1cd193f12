import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalFacts } from '../../../controllers/canonical/plan.ts';
import { CcError } from '../../../lib/errors.ts';
import { acquireLease } from '../../../lib/known-good/lease.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { canonicalJournal, DAMAGED, INTACT } from '../../builders/canonical-facts.ts';
import { enrolledCanonical, storedRun } from '../../builders/stored-object.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { APP, DiskWorld } from './disk-world.ts';

const deletion = (state: string, startedRunningMs?: number) =>
  ({ deletion: { state, startedRunningMs } as StoredObject['deletion'] }) as Partial<StoredObject>;

describe('what is seen of a canonical', () => {
  let world: DiskWorld;

  beforeEach(async () => {
    world = await DiskWorld.open();
  });
  afterEach(() => world.close());

  const facts = async (): Promise<CanonicalFacts> => (await world.look()).facts;
  const asked = (): boolean => world.platform.calls.splice(0).some(({ method }) => method === 'volumes');
  const seedHash = async () => (await facts()).seedHash;

  it('before anything is known to be good: claim, spec and times', async () => {
    asked();
    expect(await facts()).to.deep.include({
      ...{ session: 'this', runningMs: 7_000.5, resyncMs: 60_000, claimed: true, deletion: 'None' },
      ...{ deletionStartedRunningMs: 0, dataRetentionMs: 7 * 86_400_000, retain: false, suspended: false },
      ...{ seedPolicy: 'Auto', knownGood: { state: 'Absent' }, volumes: { state: 'Unknown' }, volumesPresent: true },
      ...{ leavings: 'None', neverGood: false, lease: undefined, leaseHolderAlive: false, seedRunning: false },
    });
    expect(asked(), 'the platform, for nothing').to.equal(false);
    world.edit({ dataRetention: '1m', deletionPolicy: 'Retain', seed: 'Manual', suspend: true });
    world.object = { ...world.object, ...deletion('Started', 42) };
    expect(await facts()).to.deep.include({
      ...{ dataRetentionMs: 60_000, retain: true, seedPolicy: 'Manual', suspended: true },
      ...{ deletion: 'Started', deletionStartedRunningMs: 42 },
    });
    world.object = { ...enrolledCanonical(), suspended: true };
    expect((await facts()).suspended).to.equal(true);
  });

  it('nothing is looked for in its directory while there is none, and nothing concluded where the system cannot tell', async () => {
    rmSync(world.knownGood.directory, { recursive: true, force: true });
    const calls = await FileCalls.on(world.root);
    try {
      calls.failNext(/canonicals\/notes\/./, 'EIO');
      expect(await facts()).to.deep.include({ knownGood: { state: 'Absent' }, volumes: { state: 'Unknown' } });
      expect(calls.hasDoneAll()).to.equal(false);
      calls.failNext(/lstat .*canonicals\/notes$/, 'EACCES');
      expect(await codeOf(world.look())).to.equal('EACCES');
    } finally {
      calls.stop();
    }
  });

  it('has claimed its domain only where the claim is its own, and journaled', async () => {
    world.claimUid = 'other';
    expect(await facts()).to.deep.include({ claimed: false, noted: false });
    world.claimUid = undefined;
    expect((await facts()).claimed).to.equal(false);
    world.claimUid = 'uid-notes';
    const { domain: _, ...unnamed } = canonicalJournal();
    world.journal = unnamed;
    expect((await facts()).claimed).to.equal(false);
    expect((await world.look()).domain).to.equal(APP.domain);
  });

  it('is the known-good, once there is one, and asks the platform for its volumes', async () => {
    await world.promote('a');
    const view = await world.look();
    expect(view.facts).to.deep.include({
      ...{ knownGood: { state: 'Present', id: 'a' }, volumes: { state: 'Clean', generation: 'a' } },
      ...{ volumesPresent: true, leavings: 'None', neverGood: false },
    });
    expect([view.manifest?.id, asked()]).to.deep.equal(['a', true]);
    await world.platform.loseVolume(APP.domain, 'data');
    expect(await facts()).to.include({ volumesPresent: false });
    world.platform.failNext('volumes', new CcError('Unreachable', 'no answer'));
    expect(await codeOf(world.look())).to.equal('Unreachable');
  });

  it('tells a known-good that cannot be read from none, and passes on what the system says', async () => {
    await world.promote('a');
    rmSync(join(world.knownGood.sets.pathOf('a'), 'manifest.json'));
    expect((await facts()).knownGood.state).to.equal('Unreadable');
    const calls = await FileCalls.on(world.root);
    try {
      calls.failNext(/^readlink .*known-good$/, 'EIO');
      expect(await codeOf(world.look())).to.equal('EIO');
      expect(calls.hasDoneAll()).to.equal(true);
    } finally {
      calls.stop();
    }
  });

  it('looks for what operations left beside a known-good, while nobody holds the lease', async () => {
    const litter = join(world.knownGood.sets.directory, '.tmp-x');
    mkdirSync(litter, { recursive: true });
    expect((await facts()).leavings, 'nothing is known to be good').to.equal('None');
    await world.promote('a');
    expect((await facts()).leavings).to.equal('Litter');
    await acquireLease(world.knownGood.directory, { holder: 'r1', uid: 'u', attempt: 1 }, world.clock);
    expect((await facts()).leavings).to.equal('None');
    rmSync(join(world.knownGood.directory, 'lease.json'));
    rmSync(litter, { recursive: true });
    expect((await facts()).leavings).to.equal('None');
    mkdirSync(join(world.note(), '../../.cc-ci~aside~data~x~1'));
    expect((await facts()).leavings).to.equal('Litter');
    writeFileSync(join(world.home.directory, 'restore.json'), '{');
    expect((await facts()).leavings).to.equal('Unfinished');
  });

  it('has a lease whose holder is alive while the run that it names is open, or not torn down', async () => {
    const run = storedRun({ name: 'r1' });
    await acquireLease(world.knownGood.directory, { holder: 'r1', uid: run.uid, attempt: 1 }, world.clock);
    const alive = async () => (await facts()).leaseHolderAlive;
    expect(await alive(), 'no such run').to.equal(false);
    [world.run, world.runRecord] = [run, { step: 'Promoting' }];
    expect([await alive(), (await facts()).lease?.holder]).to.deep.equal([true, 'r1']);
    world.runRecord = { step: 'Ended', tornDown: false };
    expect(await alive(), 'over, and not torn down').to.equal(true);
    world.runRecord = { step: 'Ended', tornDown: true };
    expect(await alive(), 'over').to.equal(false);
    [world.run, world.runRecord] = [{ ...run, uid: 'another' }, { step: 'Promoting' }];
    expect(await alive(), 'another run of that name').to.equal(false);
  });

  it('has a seed that runs while that of the present hash does', async () => {
    const hash = (await seedHash()) ?? '';
    world.journal.seed = { run: 's1', hash, tag: '1' };
    [world.run, world.runRecord] = [storedRun({ name: 's1' }), { step: 'Testing' }];
    expect((await facts()).seedRunning).to.equal(true);
    world.journal.seed = { run: 's1', hash, tag: '1', result: 'NotPromoted' };
    expect((await facts()).seedRunning).to.equal(false);
    world.journal.seed = { run: 's1', hash: 'old', tag: '1' };
    expect((await facts()).seedRunning).to.equal(false);
  });

  it('names a seed anew by tag, spec, retry and object, and by nothing else', async () => {
    const first = await seedHash();
    expect(first).to.match(/^[0-9a-f]{8}$/);
    const changes: [string, () => unknown, boolean][] = [
      ['nothing', () => {}, true],
      ['a suspension', () => world.edit({ suspend: true }), true],
      ['the spec', () => world.edit({ dataRetention: '2h' }), false],
      ['the tag', () => Object.assign(world.journal, { newest: { tag: '2', atRunningMs: 0, session: 'this' } }), false],
      ['another look at it', () => Object.assign(world.journal.newest ?? {}, { atRunningMs: 9, session: 'x' }), true],
      ['a retry', () => Object.assign(world.journal, { retry: 'r' }), false],
      ['another object', () => Object.assign(world, { object: enrolledCanonical({ uid: 'other' }) }), false],
      ['damage without a pointer', () => Object.assign(world.journal, { verified: DAMAGED }), true],
      ['no tag', () => Object.assign(world.journal, { newest: { atRunningMs: 0, session: 'this' } }), false],
    ];
    for (const [what, change, stays] of changes) {
      change();
      expect((await seedHash()) === first, what).to.equal(stays);
      world.journal = canonicalJournal();
      world.object = enrolledCanonical();
    }
  });

  it('names a seed anew where the generation that the pointer names is damaged, or cannot be read', async () => {
    const first = await seedHash();
    await world.promote('g1');
    world.journal.verified = INTACT;
    expect(await seedHash()).to.equal(first);
    world.journal.verified = { ...DAMAGED, generation: 'g0' };
    expect(await seedHash()).to.equal(first);
    world.journal.verified = DAMAGED;
    const damaged = await seedHash();
    expect(damaged).not.to.equal(first);
    rmSync(join(world.knownGood.sets.pathOf('g1'), 'manifest.json'));
    expect(await seedHash(), 'it names the same one').to.equal(damaged);
    for (const name of ['known-good', 'known-good.json']) rmSync(join(world.knownGood.directory, name));
    writeFileSync(join(world.knownGood.directory, 'known-good'), 'no link');
    expect(await seedHash(), 'it names none').to.not.be.oneOf([first, damaged]);
  });

  it('was never good where it is deleted, and nothing of worth is there', async () => {
    expect((await facts()).neverGood, 'it is not deleted').to.equal(false);
    world.object = { ...world.object, ...deletion('Started') };
    asked();
    expect((await facts()).neverGood, 'volumes of which nobody knows').to.equal(false);
    expect(asked()).to.equal(true);
    await world.knownGood.setVolumesState({ state: 'Missing' });
    expect((await facts()).neverGood).to.equal(true);
    await world.knownGood.setVolumesState({ state: 'Dirty', generation: 'g' });
    expect((await facts()).neverGood).to.equal(false);
    await world.platform.loseVolume(APP.domain, 'data');
    expect((await facts()).neverGood, 'no volumes').to.equal(true);
    world.claimUid = 'other';
    asked();
    await facts();
    expect(asked(), 'of a domain that is another one’s').to.equal(false);
    world.claimUid = 'uid-notes';
    mkdirSync(join(world.knownGood.sets.directory, 'g'), { recursive: true });
    expect((await facts()).neverGood, 'a generation').to.equal(false);
  });
});
