import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalStatus } from '../../../lib/api/index.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { CcError } from '../../../lib/errors.ts';
import { readLease } from '../../../lib/known-good/lease.ts';
import { restoreJournalPath, writeRestoreJournal } from '../../../lib/snapshot/restore-journal.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import { condition } from '../run/bench.ts';
import { CANONICAL_DOMAIN, DATA, enrol, HEALTHY, type Notes, notesBench } from '../run/enrolled.ts';

const key = { kind: 'Canonical', name: 'notes' } as const;
const signal = new AbortController().signal;

describe('what operations of a canonical leave behind', function () {
  this.timeout(120_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench({ resyncMs: 60_000 });
    await enrol(notes);
  });
  afterEach(() => notes.bench.close());

  const store = () => notes.bench.knownGood('notes');
  const home = () => new AppHome(notes.bench.settings.stateDirectory, CANONICAL_DOMAIN);
  const volumes = () => join(notes.bench.platform.directory, CANONICAL_DOMAIN);
  const run = async (name: string) => {
    await notes.bench.write('Run', name, { recipe: 'notes' });
    return await notes.bench.finish(name);
  };
  const passes = async (count: number) => {
    for (let pass = 0; pass < count; pass += 1) await notes.bench.pass(key);
  };
  const siblings = async () => {
    const names = [...(await readdir(volumes())), ...(await readdir(home().directory).catch(() => []))];
    // The copy of the known-good is no leaving.
    return names.filter((name) => name.startsWith('.cc-ci~') && !name.startsWith('.cc-ci~prepared~'));
  };
  const failAtDeploy = () => {
    const { platform } = notes.bench;
    const deploy = platform.deploy.bind(platform);
    platform.deploy = async (prepared, abort) => {
      await deploy(prepared, abort);
      if (prepared.app.domain === CANONICAL_DOMAIN) throw new CcError('CommandFailed', 'the deploy failed at its end');
    };
  };

  it('T17 asides of a promotion that failed go once the canonical is looked at @nightly', async () => {
    await run('r1');
    notes.bench.platform.behave(await releaseRecipe(notes.recipe, { version: '1.2.0+1.2.0' }), HEALTHY);
    failAtDeploy();
    expect((await run('r2')).promotion?.result).to.equal('Failed');
    await passes(6);
    expect(await siblings()).to.deep.equal([]);
    expect(existsSync(join(home().directory, 'restore.json'))).to.equal(false);
    expect(await readLease(store().directory)).to.equal(undefined);
  });

  it('copies that a killed restore left go, what was set aside for a fresh start stays', async () => {
    await run('r1');
    for (const name of ['incoming~data~op~1', 'aside~data~op~1']) {
      await mkdir(join(volumes(), `.cc-ci~${name}`));
    }
    await mkdir(join(store().sets.directory, '.tmp-dead'));
    await mkdir(join(store().sets.directory, '.trash-dead'));
    const aside = join(store().asides.directory, 'op-1');
    await mkdir(join(aside, 'volumes/data'), { recursive: true });
    const record = { format: 1, id: 'op-1', domain: CANONICAL_DOMAIN, state: 'Kept', parts: [] };
    await writeFile(join(aside, 'aside.json'), JSON.stringify(record));
    await passes(6);
    expect(await siblings()).to.deep.equal([]);
    expect((await readdir(store().sets.directory)).filter((name) => name.startsWith('.'))).to.deep.equal([]);
    expect(existsSync(join(aside, 'volumes/data'))).to.equal(true);
  });

  it('I15 what a restore that never ended set aside stays until the restore has been made again', async () => {
    await run('r1');
    const id = (await store().pointerId()) ?? '';
    const live = join(volumes(), 'data');
    const aside = join(volumes(), '.cc-ci~aside~data~op~1');
    await rename(live, aside);
    const operation = { id: 'op', attempt: 1 };
    const part = {
      kind: 'volume',
      name: 'data',
      live,
      from: join(store().sets.pathOf(id), 'volumes/data'),
      done: false,
    };
    const unfinished = {
      set: store().sets.pathOf(id),
      manifestDigest: 'x',
      state: 'Restoring',
      parts: [part],
    } as const;
    await writeRestoreJournal(home().directory, {
      format: 1,
      operation,
      ...unfinished,
      parts: [{ ...part, kind: 'volume' }],
    });
    await passes(8);
    expect(await readFile(join(live, 'note'), 'utf8')).to.equal('kept');
    expect((await store().volumesState()).state).to.equal('Clean');
    expect(await siblings()).to.deep.equal([]);
  });

  it('T84 a restore whose journal cannot be read is made again @nightly', async () => {
    await run('r1');
    await writeFile(restoreJournalPath(home().directory), '{"format":1');
    await passes(8);
    expect(await readFile(join(volumes(), 'data', 'note'), 'utf8')).to.equal('kept');
    expect((await store().volumesState()).state).to.equal('Clean');
    expect([existsSync(restoreJournalPath(home().directory)), await siblings()]).to.deep.equal([false, []]);
    const { conditions } = (await notes.bench.status(key)) as CanonicalStatus;
    expect(condition({ conditions }, 'Ready')).to.match(/^True/);
  });

  it('T84 the record of an aside that cannot be read is a damaged one, not none', async () => {
    const record = join(store().asides.directory, 'op-1', 'aside.json');
    await mkdir(join(record, '..'), { recursive: true });
    for (const text of ['', '[', '{"format":2}']) {
      await writeFile(record, text);
      const error = await store()
        .asides.list()
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(DamagedRecord);
    }
  });

  describe('a deletion', () => {
    const deleted = async () => {
      await notes.bench.remove('notes');
      await notes.bench.request(key, 'delete');
    };
    const gone = () => notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');

    it("of one that was never promoted does not wait for data that is nobody's", async () => {
      failAtDeploy();
      await run('r1');
      const started = notes.bench.store.runningMs();
      await deleted();
      await gone();
      expect(notes.bench.store.runningMs() - started).to.be.below(3_600_000);
      expect(await notes.bench.store.claims.get(CANONICAL_DOMAIN)).to.equal(undefined);
    });

    it('I15 waits where all that was known good is lost, and live data is not', async () => {
      await enrol(notes, { dataRetention: '5h', ci: { data: DATA } });
      await run('r1');
      await rename(store().directory, join(notes.bench.root, 'elsewhere'));
      const started = notes.bench.store.runningMs();
      await deleted();
      await gone();
      expect(notes.bench.store.runningMs() - started).to.be.above(4 * 3_600_000);
    });

    it('T62 that leaves something for ever says what, and disturbs nobody @nightly', async () => {
      await enrol(notes, { dataRetention: '1s', ci: { data: DATA } });
      await run('r1');
      const { platform } = notes.bench;
      platform.leftovers = async () => ['volume data'];
      await deleted();
      const stuck = async () =>
        ((await notes.bench.status(key)) as CanonicalStatus).deletion?.remaining.includes('volume data') === true;
      await notes.bench.until(stuck, 'the listing');
      const source = notes.recipe.directory;
      const other = await notes.bench.write('Canonical', 'other', { seed: 'Manual', app: { recipe: 'other', source } });
      for (let pass = 0; pass < 20; pass += 1) await notes.bench.step();
      expect(condition(await notes.bench.status(other), 'Accepted')).to.equal('True/Valid');
      const status = await notes.bench.status(key);
      expect(condition(status, 'Ready')).to.equal('False/Deleting');
      expect(notes.bench.object(key).deletion?.state).to.equal('Destroying');
      expect(await notes.bench.store.claims.get(CANONICAL_DOMAIN)).not.to.equal(undefined);
      expect(existsSync(store().directory)).to.equal(true);
      platform.leftovers = async () => [];
      await gone();
    });
  });

  it('T81 a known-good that nobody can read now is neither Ready nor damaged', async () => {
    await run('r1');
    const id = await store().pointerId();
    await notes.bench.restart();
    notes.bench.reader.failNext('digest', 'EIO', 3);
    await passes(1);
    const status = (await notes.bench.status(key)) as CanonicalStatus;
    expect(condition(status, 'Ready')).to.equal('Unknown/NotVerified');
    expect(condition(status, 'Reconciling')).to.equal('True/Retrying');
    expect(status.knownGood?.generation).to.equal(id);
    await passes(6);
    expect(condition(await notes.bench.status(key), 'Ready')).to.equal('True/KnownGood');
    expect(await store().pointerId()).to.equal(id);
    expect(await notes.bench.platform.volumes({ domain: CANONICAL_DOMAIN }, signal)).to.have.lengthOf(1);
  });
});
