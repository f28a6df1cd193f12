import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import type { CanonicalStatus } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { acquireLease, readLease } from '../../../lib/known-good/lease.ts';
import { readEvents } from '../../../lib/store/reader.ts';
import { commitRecipe, releaseRecipe } from '../../builders/recipe.ts';
import { condition } from '../run/bench.ts';
import { CANONICAL_DOMAIN, DATA, enrol, HEAD_VERSION, HEALTHY, type Notes, notesBench } from '../run/enrolled.ts';

describe('a canonical', function () {
  this.timeout(60_000);
  let notes: Notes;
  const key = { kind: 'Canonical', name: 'notes' } as const;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    notes = await notesBench({ resyncMs: 60_000 });
  });
  afterEach(() => notes.bench.close());

  const status = async () => (await notes.bench.status(key)) as CanonicalStatus;
  const is = (type: string, wanted: string) =>
    notes.bench.until(async () => condition(await status().catch(() => ({ conditions: [] })), type) === wanted, wanted);
  const seeded = async () => {
    await enrol(notes, { seed: 'Auto', ci: { data: DATA } });
    await is('Ready', 'True/KnownGood');
    await notes.bench.finish(seeds()[0]?.name ?? '');
  };
  const seeds = () => notes.bench.store.list('Run').filter(({ name }) => name.includes('-seed-'));

  it('is seeded by itself with one run of the newest release', async () => {
    await seeded();
    expect((await status()).knownGood).to.deep.include({ version: HEAD_VERSION, commit: notes.head });
    expect((await status()).history?.[0]).to.deep.include({ result: 'Promoted', version: HEAD_VERSION });
    expect(seeds()).to.have.lengthOf(1);
    for (let pass = 0; pass < 10; pass += 1) await notes.bench.step();
    expect(seeds()).to.have.lengthOf(1);
  });

  it('stalls where the seed fails, until there is a new tag @nightly', async () => {
    notes.bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'CrashLoops' }] });
    await enrol(notes, { seed: 'Auto', ci: { data: DATA } });
    await is('Stalled', 'True/SeedFailed');
    for (let pass = 0; pass < 10; pass += 1) await notes.bench.step();
    expect(seeds()).to.have.lengthOf(1);
    notes.bench.platform.behave(notes.head, HEALTHY);
    const next = await releaseRecipe(notes.recipe, { version: '1.2.0+1.2.0' });
    notes.bench.platform.behave(next, HEALTHY);
    await is('Ready', 'True/KnownGood');
    expect(seeds()).to.have.lengthOf(2);
  });

  it('says that the engine does not answer beside what it knows, and no more once it does @nightly', async () => {
    await seeded();
    await is('Ready', 'True/KnownGood');
    const unreachable = () => new CcError('Unreachable', 'the engine does not answer');
    for (let call = 0; call < 2; call += 1) notes.bench.platform.failNext('volumes', unreachable());
    await notes.bench.pass(key);
    const shown = await status();
    expect(condition(shown, 'Reconciling')).to.equal('True/Retrying');
    expect(shown.nextAction?.reason).to.equal('Retrying');
    expect(shown.knownGood?.version).to.equal(HEAD_VERSION);
    await notes.bench.pass(key);
    expect(condition(await status(), 'Reconciling')).to.equal(undefined);
    expect((await status()).nextAction).to.equal(undefined);
  });

  it('is seen to verify its known-good while it does, after a restart @nightly', async () => {
    await seeded();
    const { bench } = notes;
    const seen: (string | undefined)[] = [];
    const digest = bench.reader.digest;
    bench.reader.digest = async (path, signal) => {
      seen.push((await status()).nextAction?.reason);
      return await digest(path, signal);
    };
    await bench.restart();
    await bench.pass(key);
    expect(new Set(seen)).to.deep.equal(new Set(['Verify']));
    expect((await status()).nextAction).to.equal(undefined);
  });

  it('stalls while there is no release, and notices the first one by itself @nightly', async () => {
    const recipe = await notes.bench.repository('other');
    const commit = await commitRecipe(recipe, { version: '0.1.0+0.1.0' });
    notes.bench.platform.behave(commit, HEALTHY);
    await enrol({ ...notes, recipe }, { seed: 'Auto', ci: { data: DATA } });
    await is('Stalled', 'True/NeverReleased');
    expect(seeds()).to.have.lengthOf(0);
    notes.bench.platform.behave(await releaseRecipe(recipe, { version: '1.0.0+1.0.0' }), HEALTHY);
    await is('Ready', 'True/KnownGood');
  });

  it('deleted, it cancels the runs that took its profile', async () => {
    await enrol(notes, { ci: { data: DATA } });
    notes.bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'NeverUp' }] });
    const run = await notes.bench.write('Run', 'a', { recipe: 'notes', ref: 'main' });
    notes.bench.enqueue(run);
    const upgrading = async () =>
      (await notes.bench.store.readJournal<RunJournal>(run))?.memory?.cursor.stage === 'Upgrade';
    await notes.bench.until(async () => await upgrading(), 'the upgrade');
    await notes.bench.remove('notes');
    await notes.bench.request(key, 'delete');
    const ended = await notes.bench.finish('a');
    expect(condition(ended, 'Succeeded')).to.equal('False/Cancelled');
  });

  it('tries a failed seed again when a person says retry @nightly', async () => {
    notes.bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'CrashLoops' }] });
    await enrol(notes, { seed: 'Auto', ci: { data: DATA } });
    await is('Stalled', 'True/SeedFailed');
    notes.bench.platform.behave(notes.head, HEALTHY);
    await notes.bench.request(key, 'retry');
    await is('Ready', 'True/KnownGood');
  });

  it('I8 a crash right before the seed run exists does not stall it @nightly', async () => {
    const { store } = notes.bench;
    store.createRun = async () => {
      throw new Error('killed here');
    };
    await enrol(notes, { seed: 'Auto', ci: { data: DATA } });
    await notes.bench.until(() => notes.bench.thrown.length > 0, 'the crash');
    await notes.bench.restart();
    await is('Ready', 'True/KnownGood');
  });

  it('enrolled anew after it was removed is seeded anew @nightly', async () => {
    await enrol(notes, { seed: 'Auto', dataRetention: '1s', ci: { data: DATA } });
    await is('Ready', 'True/KnownGood');
    await notes.bench.remove('notes');
    await notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');
    await enrol(notes, { seed: 'Auto', dataRetention: '1s', ci: { data: DATA } });
    await is('Ready', 'True/KnownGood');
  });

  it('whose known-good is damaged says so and is seeded again @nightly', async () => {
    await seeded();
    const store = notes.bench.knownGood('notes');
    const id = (await store.pointerId()) ?? '';
    await writeFile(join(store.sets.pathOf(id), 'volumes/data/note'), 'tampered');
    await notes.bench.request(key, 'reconcile');
    await is('Ready', 'False/SnapshotDamaged');
    await is('Ready', 'True/KnownGood');
    expect(await store.pointerId()).not.to.equal(id);
  });

  it('I16 gets a lost volume back from the known-good', async () => {
    await seeded();
    await notes.bench.platform.loseVolume(CANONICAL_DOMAIN, 'data');
    await notes.bench.request(key, 'reconcile');
    await notes.bench.until(
      async () => (await notes.bench.platform.volumes({ domain: CANONICAL_DOMAIN }, signal)).length > 0,
      'the volume',
    );
    await is('Ready', 'True/KnownGood');
    expect((await status()).history?.[0]?.result).to.equal('Restored');
    const events = await readEvents({ ...notes.bench.settings, limit: 50 }, key);
    expect(events.filter(({ reason }) => reason === 'VolumesRestored')).to.have.lengthOf(1);
  });

  for (const holder of ['over', 'unreadable'] as const) {
    it(`T50 takes a lease back whose holder is ${holder}: app down, data restored @nightly`, async () => {
      await seeded();
      const { directory } = notes.bench.knownGood('notes');
      await acquireLease(directory, { holder: 'gone', uid: 'gone', attempt: 1 }, notes.bench.clock);
      if (holder === 'unreadable') await writeFile(join(directory, 'lease.json'), '{');
      const data = join(notes.bench.platform.directory, CANONICAL_DOMAIN, 'data', 'note');
      await writeFile(data, 'dirty');
      await notes.bench.request(key, 'reconcile');
      await notes.bench.until(async () => (await readLease(directory)) === undefined, 'the release');
      const { readFile } = await import('node:fs/promises');
      expect(await readFile(data, 'utf8')).to.equal('kept');
    });
  }

  it('I8 tells once of a restore that a crash cut off before the lease was given back', async () => {
    await seeded();
    const { directory } = notes.bench.knownGood('notes');
    const { uid } = notes.bench.object(key);
    await acquireLease(directory, { holder: 'canonical', uid, attempt: 0 }, notes.bench.clock);
    await notes.bench.request(key, 'reconcile');
    await notes.bench.until(async () => (await readLease(directory)) === undefined, 'the release');
    await is('Ready', 'True/KnownGood');
    expect((await status()).history?.map(({ result }) => result)).to.deep.equal(['Restored', 'Promoted']);
  });

  it('leaves the lease of a run that is under way alone @nightly', async () => {
    await seeded();
    const { directory } = notes.bench.knownGood('notes');
    await notes.bench.write('Run', 'r1', { recipe: 'notes', suspend: true });
    await notes.bench.pass({ kind: 'Run', name: 'r1' });
    const { uid } = notes.bench.object({ kind: 'Run', name: 'r1' });
    await acquireLease(directory, { holder: 'r1', uid, attempt: 1 }, notes.bench.clock);
    for (let pass = 0; pass < 10; pass += 1) await notes.bench.step();
    expect(await readLease(directory)).to.deep.include({ holder: 'r1' });
  });

  it('that is suspended is not seeded', async () => {
    await enrol(notes, { seed: 'Auto', suspend: true, ci: { data: DATA } });
    for (let pass = 0; pass < 5; pass += 1) await notes.bench.step();
    expect(seeds()).to.deep.equal([]);
    expect(condition(await status(), 'Ready')).to.equal('False/Suspended');
    expect(condition(await status(), 'Reconciling')).to.equal(undefined);
  });

  it('of a recipe that another one enrolled, or at its domain, is not accepted', async () => {
    await enrol(notes);
    const source = notes.recipe.directory;
    const twin = await notes.bench.write('Canonical', 'twin', { app: { recipe: 'notes', source } });
    const squat = await notes.bench.write('Canonical', 'squat', {
      app: { recipe: 'squat', source, domain: CANONICAL_DOMAIN },
    });
    await notes.bench.pass(twin);
    await notes.bench.pass(squat);
    expect(condition(await notes.bench.status(twin), 'Accepted')).to.equal('False/DuplicateRecipe');
    expect(condition(await notes.bench.status(squat), 'Accepted')).to.equal('False/DomainConflict');
    expect(await notes.bench.store.claims.list()).to.have.lengthOf(1);
  });

  it('cannot change its recipe or its domain', async () => {
    await enrol(notes);
    await enrol(notes, { app: { recipe: 'notes', source: notes.recipe.directory, domain: 'other.example.org' } });
    expect(condition(await status(), 'Accepted')).to.equal('False/ImmutableField');
  });

  describe('that is removed', () => {
    it('I17 keeps its data for the retention, in running time, then leaves nothing', async () => {
      await enrol(notes, { seed: 'Auto', dataRetention: '1h', ci: { data: DATA } });
      await is('Ready', 'True/KnownGood');
      const { directory } = notes.bench.knownGood('notes');
      const started = notes.bench.store.runningMs();
      await notes.bench.remove('notes');
      await notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');
      expect(notes.bench.store.runningMs() - started).to.be.above(3_600_000);
      expect(await notes.bench.platform.volumes({ domain: CANONICAL_DOMAIN }, signal)).to.deep.equal([]);
      expect(await notes.bench.store.claims.get(CANONICAL_DOMAIN)).to.equal(undefined);
      expect(
        await access(directory).then(
          () => 'there',
          () => 'gone',
        ),
      ).to.equal('gone');
    });

    it('is the same object where its file returns in time @nightly', async () => {
      await seeded();
      const { uid } = notes.bench.object(key);
      await notes.bench.remove('notes');
      await is('Ready', 'False/Deleting');
      await enrol(notes, { seed: 'Auto', ci: { data: DATA } });
      await is('Ready', 'True/KnownGood');
      expect(notes.bench.object(key).uid).to.equal(uid);
      expect(notes.bench.platform.count('destroy')).to.be.below(3);
    });

    it('keeps its data where the policy is Retain', async () => {
      await enrol(notes, { seed: 'Auto', deletionPolicy: 'Retain', ci: { data: DATA } });
      await is('Ready', 'True/KnownGood');
      await notes.bench.remove('notes');
      await notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');
      expect(await notes.bench.platform.volumes({ domain: CANONICAL_DOMAIN }, signal)).to.have.lengthOf(1);
      expect(await notes.bench.knownGood('notes').pointer()).not.to.equal(undefined);
    });
  });
});
