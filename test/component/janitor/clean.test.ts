import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CleanDesk } from '../../../controllers/janitor/clean-desk.ts';
import { type CleanOptions, clean } from '../../../controllers/janitor/cleaner.ts';
import type { CleanServices } from '../../../controllers/janitor/observe.ts';
import { Mirrors, mirrorName } from '../../../lib/app/mirrors.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { createCommandRunner } from '../../../lib/exec/command.ts';
import { readCleanRecord, writeCleanRecord } from '../../../lib/janitor/clean-record.ts';
import { silentLog } from '../../../lib/log.ts';
import { SwarmImages } from '../../../lib/platform/swarm/swarm-images.ts';
import type { KindHoldings } from '../../../lib/runtime/holdings.ts';
import { DAY_MS } from '../../builders/clean-seen.ts';
import { FakeEngine } from '../../fakes/fake-engine.ts';
import { Repository } from '../recipe/repository.ts';
import { enrol, type Notes, notesBench } from '../run/enrolled.ts';

const { signal } = new AbortController();

describe('a clean', function () {
  this.timeout(120_000);
  let notes: Notes;
  let engine: FakeEngine;
  let mirrors: Mirrors;
  /** What objects of a further kind name. */
  let images: string[];
  let keepArtifacts: number;

  beforeEach(async () => {
    notes = await notesBench();
    engine = await new FakeEngine().open();
    [images, keepArtifacts] = [[], 500];
    const { stateDirectory, path } = notes.bench.settings;
    const runner = createCommandRunner({ clock: systemClock });
    mirrors = new Mirrors({ stateDirectory, instanceId: 'instance-1', runner, path });
  });
  afterEach(async () => {
    await engine.close();
    await notes.bench.close();
  });

  const state = () => notes.bench.settings.stateDirectory;
  function services(): CleanServices {
    const { store, platform, runs, canonicals, warmServices, clock } = notes.bench;
    const other: KindHoldings = { named: async () => ({ sources: [], images }) };
    const holdings = new Map([runs, canonicals, warmServices].map((one) => [String(one.kind), one.holdings!]));
    const settings = { stateDirectory: state(), keepArtifacts, pruneAbovePercent: 0 };
    const withImages = Object.assign(platform, { images: new SwarmImages(engine) });
    return {
      store,
      platform: withImages,
      mirrors,
      clock,
      log: silentLog,
      settings,
      holdings: holdings.set('Other', other),
    };
  }
  const act = async (form: CleanOptions['form'], occasion: CleanOptions['occasion'] = 'Asked') =>
    await clean(services(), { form, occasion, depth: 'Whole' }, signal);
  const gone = async (form: CleanOptions['form'] = 'Clean', occasion: CleanOptions['occasion'] = 'Asked') => {
    const { items } = await act(form, occasion);
    return items
      .filter(({ result }) => result === 'Removed' || result === 'Planned')
      .map(({ type, id }) => `${type} ${id}`);
  };
  const unusedForADay = async (...keys: string[]) => {
    const record = await readCleanRecord(state());
    const since = Object.fromEntries(keys.map((key) => [key, -DAY_MS]));
    await writeCleanRecord(state(), { ...record, since: { ...record.since, ...since } });
  };
  const have = (id: string) => void engine.storedList.push({ id, names: [`${id}:1`], bytes: 2 ** 30 });
  const mirrorOf = async (name: string) => {
    const recipe = await Repository.create(join(notes.bench.root, name));
    await recipe.write('compose.yml', 'services: {}\n');
    recipe.git('add', '.');
    recipe.git('commit', '--quiet', '-m', 'one');
    await mirrors.of(name, recipe.directory).fetch(signal);
    return { name: mirrorName(name, recipe.directory), mirror: mirrors.of(name, recipe.directory), recipe };
  };

  it('T08 WC8 I6 removes images that are unused for a day, and none that is used or named', async () => {
    for (const id of ['old', 'used', 'named', 'new']) have(id);
    engine.imagesOfContainers.push('used');
    images = ['named:1'];
    await unusedForADay('Image/old', 'Image/used', 'Image/named');
    const planned = await gone('DryRun');
    expect(planned).to.deep.equal(['Image old']);
    expect(engine.storedList).to.have.lengthOf(4);
    expect(await gone('Clean', 'Round')).to.deep.equal(planned);
    expect(engine.storedList.map(({ id }) => id)).to.deep.equal(['used', 'named', 'new']);
    expect(engine.calls.filter((call) => /volume|prune/i.test(call))).to.deep.equal([]);
  });

  it('I7 removes neither image nor mirror while an object cannot be read that may name it, and says so', async () => {
    have('old');
    const { name } = await mirrorOf('left');
    await unusedForADay('Image/old', `Mirror/${name}`);
    const generation = join(state(), 'canonicals', 'x', 'generations', 'g1');
    await mkdir(generation, { recursive: true });
    await writeFile(join(generation, 'manifest.json'), '{');
    const { items, notes: told } = await act('Clean');
    expect(items).to.deep.equal([]);
    expect(told.join()).to.match(/mirrors and images stay as they are: .*manifest/);
    await rm(join(state(), 'canonicals', 'x'), { recursive: true });
    expect(await gone()).to.deep.equal([`Mirror ${name}`, 'Image old']);
  });

  it('looks again before each act: what is needed by now stays', async () => {
    have('old');
    const { name, mirror, recipe } = await mirrorOf('left');
    await unusedForADay('Image/old', `Mirror/${name}`);
    const list = engine.storedList[0]!;
    const look = engine.imageUsers.bind(engine);
    let looks = 0;
    engine.imageUsers = async () => {
      looks += 1;
      if (looks === 2) engine.imagesOfContainers.push(list.id);
      return await look();
    };
    const contents = mirrors.contents.bind(mirrors);
    let counts = 0;
    mirrors.contents = async (of, until) => {
      counts += of === name ? 1 : 0;
      if (counts === 2) await mirror.keep('kept', recipe.git('rev-parse', 'HEAD'), until);
      return await contents(of, until);
    };
    const { items } = await act('Clean');
    expect(items.map(({ type, result }) => `${type} ${result}`)).to.deep.equal(['Mirror Kept', 'Image Kept']);
    expect(engine.storedList).to.have.lengthOf(1);
    expect(await mirrors.names()).to.deep.equal([name]);
  });

  it('packs what is scattered; commits that are kept survive, also those that the source has lost', async () => {
    const { name, mirror, recipe } = await mirrorOf('busy');
    const lost = recipe.git('rev-parse', 'HEAD');
    await mirror.keep('run-1-head', lost, signal);
    recipe.git('commit', '--quiet', '--amend', '-m', 'another');
    await mirror.fetch(signal);
    await mirrors.pack(name, signal);
    expect(await mirrors.contents(name, signal)).to.include({ keeps: 1, looseObjects: 0, packs: 1 });
    expect(await mirror.readFile(lost, 'compose.yml', signal)).to.equal('services: {}\n');
  });

  it('removes a mirror whole, and the next fetch makes it anew', async () => {
    const { name, mirror } = await mirrorOf('left');
    await unusedForADay(`Mirror/${name}`);
    expect(await gone()).to.deep.equal([`Mirror ${name}`]);
    expect(await mirrors.names()).to.deep.equal([]);
    await mirror.fetch(signal);
    expect((await mirror.defaultBranch(signal))?.name).to.equal('main');
  });

  it('I6 keeps mirror and artifacts of what is enrolled; of runs more than are kept the oldest artifacts go, verdicts stay', async () => {
    await enrol(notes);
    const { bench, recipe } = notes;
    for (const name of ['r1', 'r2']) {
      await bench.write('Run', name, { recipe: 'notes', source: recipe.directory, promotion: 'Never' });
      await bench.finish(name);
    }
    keepArtifacts = 1;
    const { uid } = bench.object({ kind: 'Run', name: 'r1' });
    await unusedForADay(`Mirror/${mirrorName('notes', recipe.directory)}`);
    expect(await gone('DryRun')).to.deep.equal([`Artifacts ${uid}`]);
    const asked = new Promise<void>((resolve) => {
      const enqueue = bench.enqueue.bind(bench);
      bench.enqueue = (key) => {
        enqueue(key);
        if (key.name === 'r1') resolve();
      };
    });
    const cleaning = gone();
    await asked;
    await bench.pass({ kind: 'Run', name: 'r1' });
    expect(await cleaning).to.deep.equal([`Artifacts ${uid}`]);
    expect(await gone('DryRun')).to.deep.equal([]);
    expect((await bench.journal('r1')).outcome?.verdict).to.equal('Passed');
    expect((await bench.journal('r2')).artifactsRemoved).to.equal(undefined);
  });

  it('one that fails keeps none of the others, and is told', async () => {
    for (const id of ['a', 'b']) have(id);
    await unusedForADay('Image/a', 'Image/b');
    engine.failNext('removeImage', new CcError('Unreachable', 'no answer'));
    const { items } = await act('Clean');
    expect(items.map(({ result }) => result).toSorted()).to.deep.equal(['Failed', 'Removed']);
    expect(items.find(({ result }) => result === 'Failed')?.message).to.include('no answer');
  });

  describe('that somebody asks for', () => {
    const request = (id: string, dryRun: boolean) => {
      const args: Record<string, string> = dryRun ? { dryRun: 'true' } : {};
      return { id, verb: 'clean', by: 'ada', time: '2030-01-01T00:00:00.000Z', args } as const;
    };
    const removed: string[] = [];
    const desk = () => new CleanDesk({ services: services(), remove: async (id) => void removed.push(id) });

    it('is journaled before it leaves the drop box, acted on once, and answered', async () => {
      have('old');
      await unusedForADay('Image/old');
      removed.length = 0;
      for (const _ of ['seen', 'seen again']) await desk().take(request('q1', true));
      expect((await readCleanRecord(state())).requests).to.deep.equal([{ id: 'q1', by: 'ada', form: 'DryRun' }]);
      // Another controller goes on where that one died.
      await desk().answerAll(signal);
      await desk().take(request('q1', true));
      await desk().take(request('q2', false));
      await desk().answerAll(signal);
      const { requests, answers } = await readCleanRecord(state());
      expect(requests).to.deep.equal([]);
      expect(answers.map(({ id, form, items }) => [id, form, items[0]?.result])).to.deep.equal([
        ['q2', 'Clean', 'Removed'],
        ['q1', 'DryRun', 'Planned'],
      ]);
      expect(removed).to.deep.equal(['q1', 'q1', 'q1', 'q2']);
    });

    it('T84 a damaged record begins anew', async () => {
      await writeFile(join(state(), 'janitor.json'), '{"format":1,"since":{"Image/a":"x"}}');
      await desk().take(request('q3', true));
      expect(JSON.parse(await readFile(join(state(), 'janitor.json'), 'utf8')))
        .to.have.property('since')
        .that.deep.equals({});
    });
  });
});
