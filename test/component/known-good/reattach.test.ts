import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError, hasCode, systemCode } from '../../../lib/errors.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { type PutBackOptions, putBack, resetTo, restoreApp } from '../../../lib/known-good/reattach.ts';
import { provenWayBack, readyWayBack } from '../../../lib/known-good/way-back.ts';
import { Limits } from '../../../lib/runtime/limits.ts';
import { prepareCopy } from '../../../lib/snapshot/prepare.ts';
import { unsealPrepared } from '../../../lib/snapshot/prepared.ts';
import { readRestoreJournal, restoreUnfinished } from '../../../lib/snapshot/restore-journal.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { SetStore } from '../../../lib/snapshot/set-store.ts';
import { siblingsOf } from '../../../lib/snapshot/sibling-names.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { FaultyReader } from '../../fakes/faulty-reader.ts';
import { fields, makeScratch, realTools } from '../snapshot/scratch.ts';

const DOMAIN = 'warm-wiki.ci.example.org';
const signal = new AbortController().signal;

describe('putting a set back under an app', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let platform: FakePlatform;
  let home: AppHome;
  let knownGood: KnownGoodStore;

  beforeEach(async () => {
    scratch = makeScratch();
    platform = await new FakePlatform({ clock: systemClock }).open();
    home = new AppHome(scratch.path, DOMAIN);
    knownGood = new KnownGoodStore({ directory: join(scratch.path, 'canonicals', 'wiki') });
    await write('old');
    await make(knownGood.sets, 'a');
    await write('new');
  });
  afterEach(async () => {
    await platform.close();
    await scratch.remove();
  });

  const note = () => join(platform.directory, DOMAIN, 'data', 'note');
  const live = async () => [readFileSync(note(), 'utf8'), await home.readEnv()];

  /** Volume and env say the same word. */
  async function write(word: string): Promise<void> {
    await platform.ensureVolumes({ domain: DOMAIN }, ['data'], signal);
    writeFileSync(note(), word);
    await home.writeEnv(word);
  }

  async function make(sets: SetStore, id: string, parent?: string): Promise<void> {
    const { run: _none, ...own } = fields;
    await makeSet({
      id,
      directory: sets.directory,
      volumes: await platform.volumes({ domain: DOMAIN }, signal),
      envFile: home.envFile,
      secretsDirectory: home.secretsDirectory,
      fields: { ...own, domain: DOMAIN, ...(parent === undefined ? {} : { parent }) },
      assertUndeployed: async () => {},
      clock: systemClock,
      tools: realTools(),
    });
  }

  const options = (): PutBackOptions => ({
    platform,
    home,
    knownGood,
    id: 'a',
    limits: new Limits(),
    operation: { id: 'back', attempt: 1 },
    assertUndeployed: async () => {},
    tools: realTools(),
  });
  const asides = () => siblingsOf(join(platform.directory, DOMAIN, 'data'), 'aside');

  /** What is journaled whenever the platform is asked to make or to expect volumes. */
  function watchJournals(): string[] {
    const seen: string[] = [];
    const { ensureVolumes, recordVolumes } = platform;
    const look = async (method: string): Promise<void> => {
      const parts = (await readRestoreJournal(home.directory))?.parts;
      const done = parts?.every((part) => part.done);
      seen.push(`${method}: ${(await knownGood.volumesState()).state}, moved ${String(done)}`);
    };
    platform.ensureVolumes = async (...call) => {
      await look('ensure');
      return await ensureVolumes.apply(platform, call);
    };
    platform.recordVolumes = async (...call) => {
      await look('record');
      return await recordVolumes.apply(platform, call);
    };
    return seen;
  }

  it('I13 is journaled as dirty before anything moves, and the platform expects the volumes last', async () => {
    const seen = watchJournals();
    await putBack(options());
    expect(seen).to.deep.equal(['ensure: Dirty, moved undefined', 'record: Dirty, moved true']);
    expect(await live()).to.deep.equal(['old', 'old']);
    expect(await knownGood.volumesState()).to.deep.equal({ state: 'Dirty', generation: 'a' });
    expect(await asides()).to.have.length(1);
  });

  it('is clean, with nothing beside it, where nothing is to run on it', async () => {
    await resetTo(options());
    await resetTo(options());
    expect(await live()).to.deep.equal(['old', 'old']);
    expect(await knownGood.volumesState()).to.deep.equal({ state: 'Clean', generation: 'a' });
    expect(await asides()).to.deep.equal([]);
  });

  it('I3 stays dirty and unfinished where it fails, keeps what was live, and goes on', async () => {
    const { recordVolumes } = platform;
    platform.recordVolumes = async () => {
      throw new CcError('Unreachable', 'the engine is gone');
    };
    const failed = await resetTo(options()).catch((error: unknown) => error);
    expect(hasCode(failed, 'Unreachable')).to.equal(true);
    expect((await knownGood.volumesState()).state).to.equal('Dirty');
    expect(await restoreUnfinished(home.directory)).to.deep.equal({ id: 'back', attempt: 1 });
    expect(await asides()).to.have.length(1);
    platform.recordVolumes = recordVolumes;
    await resetTo(options());
    expect(await live()).to.deep.equal(['old', 'old']);
    expect((await knownGood.volumesState()).state).to.equal('Clean');
  });

  it('moves nothing while something of the app runs', async () => {
    const assertUndeployed = async () => {
      throw new CcError('Conflict', 'it is deployed');
    };
    const refused = await resetTo({ ...options(), assertUndeployed }).catch((error: unknown) => error);
    expect(hasCode(refused, 'Conflict')).to.equal(true);
    expect(await live()).to.deep.equal(['new', 'new']);
    expect((await knownGood.volumesState()).state).to.equal('Dirty');
  });

  describe('of a warm service, which has neither pointer nor generations', () => {
    const reader = new FaultyReader();
    let sets: SetStore;
    let pinned: string[];
    let faults: CcError[];

    beforeEach(async () => {
      sets = new SetStore({ directory: join(scratch.path, 'warm', 'wiki', 'sets'), reader });
      await make(sets, 'up1');
      await write('newer');
      await make(sets, 'up2', 'up1');
      pinned = [];
      faults = [];
    });

    const mirror = {
      keep: async (name: string) => {
        const fault = faults.shift();
        if (fault) throw fault;
        pinned.push(name);
      },
      fetch: async () => {
        pinned.push('fetched');
      },
    };
    const wayBack = () =>
      provenWayBack('up2', { sets, ownerUid: 'uid-12345678', mirrors: { of: () => mirror }, signal });

    it('restores the set of an operation', async () => {
      await write('broken');
      const { knownGood: _none, id: _id, limits: _limits, ...rest } = options();
      await restoreApp({ ...rest, set: sets.pathOf('up1') });
      expect(await live()).to.deep.equal(['new', 'new']);
    });

    it('I14 pins the commit of the newest intact set', async () => {
      expect(await wayBack()).to.equal('up2');
      appendFileSync(join(sets.pathOf('up2'), 'volumes', 'data', 'note'), 'x');
      expect(await wayBack()).to.equal('up1');
      expect(pinned).to.deep.equal(['generation-uid-1234-up2', 'generation-uid-1234-up1']);
      appendFileSync(join(sets.pathOf('up1'), 'volumes', 'data', 'note'), 'x');
      expect(await wayBack()).to.equal(undefined);
    });

    it('I14 is ready where a sealed copy lies beside the live data: nothing is read unless somebody wrote to the set', async () => {
      const reader = new FaultyReader();
      const read = new SetStore({ directory: sets.directory, reader });
      const target = { home, volumes: await platform.volumes({ domain: DOMAIN }, signal) };
      const ready = () =>
        readyWayBack('up2', {
          ...{ sets: read, ownerUid: 'uid-12345678', mirrors: { of: () => mirror }, signal, live: target },
        });
      const manifest = await sets.manifest('up2');
      if (manifest === undefined) throw new Error('no set up2');
      await prepareCopy({ set: sets.pathOf('up2'), manifest, live: target, tools: realTools() });
      expect([await ready(), reader.calls.includes('digest')]).to.deep.equal(['up2', false]);
      writeFileSync(join(sets.pathOf('up2'), 'volumes', 'data', 'note'), 'old');
      expect([await ready(), reader.calls.includes('digest')]).to.deep.equal(['up1', true]);
      await unsealPrepared(home.directory);
      expect(await ready()).to.equal('up1');
    });

    it('I14 makes a mirror that was lost anew, and does not guess where that fails', async () => {
      faults.push(new CcError('DataMissing', 'no mirror'));
      expect(await wayBack()).to.equal('up2');
      expect(pinned).to.deep.equal(['fetched', 'generation-uid-1234-up2']);
      faults.push(new CcError('NotFound', 'no commit'), new CcError('NotFound', 'no commit'));
      expect(hasCode(await wayBack().catch((error: unknown) => error), 'NotFound')).to.equal(true);
      reader.failNext('digest', 'EIO');
      expect(systemCode(await wayBack().catch((error: unknown) => error))).to.equal('EIO');
    });
  });
});
