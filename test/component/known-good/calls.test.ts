import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import type { NewAside } from '../../../lib/known-good/asides.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { acquireLease, readLease, releaseLease } from '../../../lib/known-good/lease.ts';
import { linkedId, notePointer, readNotedPointer } from '../../../lib/known-good/pointer-note.ts';
import { dirtied, isNobodys, readVolumesState, type VolumesState } from '../../../lib/known-good/volumes-state.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { fields, makeScratch, realTools, ScratchApp } from '../snapshot/scratch.ts';

const never = new AbortController().signal;
const CANON = 'canonicals/notes';

describe('what known-good does on the disk', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let root: string;
  let app: ScratchApp;
  let store: KnownGoodStore;
  let calls: FileCalls;
  const lines = (): string[] => calls.take().filter((line) => /^(?:sync|rename|symlink|link|unlink) /.test(line));
  const modeOf = (path: string): string => (statSync(join(root, path)).mode & 0o777).toString(8);

  beforeEach(async () => {
    scratch = makeScratch();
    root = await realpath(scratch.path);
    app = new ScratchApp(root);
    app.fill('good', ['data']);
    store = new KnownGoodStore({ directory: join(root, CANON) });
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await scratch.remove();
  });

  const make = (id: string, parent?: string, clock: Clock = systemClock) =>
    makeSet({
      ...{ id, directory: store.sets.directory, volumes: [app.volume('data')], envFile: app.envFile },
      ...{ secretsDirectory: app.secretsDirectory, assertUndeployed: async () => {}, clock },
      fields: { ...fields, ...(parent === undefined ? {} : { parent }) },
      tools: realTools(),
    });
  const NOTED = [
    `sync ${CANON}/.tmp-known-good.json`,
    `rename ${CANON}/.tmp-known-good.json → ${CANON}/known-good.json`,
    `sync ${CANON}`,
  ];

  describe('the pointer', () => {
    const MOVED = [`rename ${CANON}/.tmp-known-good → ${CANON}/known-good`, `sync ${CANON}`];

    it('I1 moves by one durable rename, and is noted after that', async () => {
      await make('a');
      calls.take();
      await store.swap('a', never);
      expect(lines()).to.deep.equal([
        ...[`unlink ${CANON}/.tmp-known-good`, `symlink ${CANON}/.tmp-known-good`, ...MOVED],
        ...NOTED,
      ]);
      expect(await linkedId(join(root, CANON, 'known-good'))).to.equal('a');
      expect([await readNotedPointer(store.directory), (await store.pointer())?.id]).to.deep.equal(['a', 'a']);
    });

    it('I1 that could not be noted has moved; the note follows, and a link that is lost comes back from it', async () => {
      await make('a');
      await make('b', 'a');
      await store.swap('a', never);
      calls.failNext(/^sync .*known-good.json/, 'ENOSPC');
      expect(await codeOf(store.swap('b', never))).to.equal('NoSpace');
      expect([await store.pointerId(), await readNotedPointer(store.directory)]).to.deep.equal(['b', 'a']);
      calls.take();
      await store.notePointer();
      expect(lines()).to.deep.equal(NOTED);
      await store.notePointer();
      expect(lines()).to.deep.equal([]);
      rmSync(join(root, CANON, 'known-good'));
      expect(await store.pointerId()).to.equal('b');
      expect(lines().slice(-2)).to.deep.equal(MOVED);
      expect(await linkedId(join(root, CANON, 'known-good'))).to.equal('b');
    });

    it('T84 I1 counts where what was noted is neither later nor of its line', async () => {
      for (const id of ['a', 'b']) await make(id, undefined, new FakeClock());
      await store.swap('a', never);
      await notePointer(store.directory, 'b');
      expect(await store.pointerId()).to.equal('a');
    });

    it('I1 whose move failed is the old one', async () => {
      await make('a');
      await make('b', 'a');
      await store.swap('a', never);
      for (const [line, code, expected] of [
        [/^symlink /, 'ENOSPC', 'NoSpace'],
        [/^rename .*known-good/, 'EIO', 'EIO'],
      ] as const) {
        calls.failNext(line, code);
        expect(await codeOf(store.swap('b', never))).to.equal(expected);
        expect([await store.pointerId(), (await store.pointer())?.id]).to.deep.equal(['a', 'a']);
      }
      await store.swap('b', never);
      expect(await store.pointerId()).to.equal('b');
    });

    it('a note that cannot be read is none; what the system cannot read now is an error', async () => {
      mkdirSync(store.directory, { recursive: true });
      for (const text of ['', '{}', 'null', '[]', '{"id":7}', '{"id":"../x"}', '{"id":""}']) {
        writeFileSync(join(store.directory, 'known-good.json'), text);
        expect(await readNotedPointer(store.directory), text).to.equal(undefined);
      }
      calls.failNext(/^readFile .*known-good.json/, 'EMFILE');
      expect(await codeOf(readNotedPointer(store.directory))).to.equal('EMFILE');
      await notePointer(store.directory, 'a');
      calls.failNext(/^readlink /, 'EMFILE');
      expect(await codeOf(store.pointerId())).to.equal('EMFILE');
      expect(await linkedId(join(store.directory, 'known-good.json'))).to.equal('NoLink');
      expect(await linkedId(join(store.directory, 'none'))).to.equal(undefined);
    });
  });

  describe('the lease', () => {
    const mine = { holder: 'run', uid: 'u', attempt: 1 };

    it('is taken and given back durably', async () => {
      await acquireLease(store.directory, mine, new FakeClock());
      expect(lines()).to.deep.equal([
        ...[`sync ${CANON}/.tmp-lease.json`, `link ${CANON}/.tmp-lease.json → ${CANON}/lease.json`, `sync ${CANON}`],
      ]);
      expect(await releaseLease(store.directory, mine)).to.equal(true);
      expect(lines()).to.deep.equal([`unlink ${CANON}/lease.json`, `sync ${CANON}`]);
    });

    it('that somebody else takes or gives back in this very moment is theirs, or free', async () => {
      mkdirSync(store.directory, { recursive: true });
      const theirs = { ...mine, holder: 'other', since: '2030-01-01T00:00:00.000Z' };
      const path = join(store.directory, 'lease.json');
      calls.beforeNext(/^link /, () => writeFileSync(path, JSON.stringify(theirs)));
      expect(await acquireLease(store.directory, mine, new FakeClock())).to.deep.equal(theirs);
      calls.beforeNext(/^unlink /, () => rmSync(path));
      expect(await releaseLease(store.directory, theirs)).to.equal(true);
      expect(await readLease(store.directory)).to.equal(undefined);
    });

    for (const [line, code] of [
      [/^link /, 'EIO'],
      [/^writeFile /, 'EIO'],
    ] as const) {
      it(`is free where it could not be taken (${code} of ${line.source})`, async () => {
        calls.failNext(line, code);
        expect(await codeOf(acquireLease(store.directory, mine, new FakeClock()))).to.equal(code);
        expect(await readLease(store.directory)).to.equal(undefined);
      });
    }

    it('is held where it could not be given back', async () => {
      const lease = await acquireLease(store.directory, mine, new FakeClock());
      calls.failNext(/^unlink /, 'EIO');
      expect(await codeOf(releaseLease(store.directory, mine))).to.equal('EIO');
      expect(await readLease(store.directory)).to.deep.equal(lease);
    });
  });

  describe('what goes aside', () => {
    const wanted = (id = 'x', changes: Partial<NewAside> = {}): NewAside => ({
      ...{ id, domain: 'a.example', generation: 'g' },
      parts: [
        { name: 'volumes/data', live: app.volumePath('data') },
        { name: 'volumes/none', live: app.volumePath('none') },
        { name: 'env', live: app.envFile },
      ],
      ...changes,
    });
    const aside = (id: string): string => join(root, CANON, 'asides', id);
    const X = `${CANON}/asides/x`;

    it('I15 is recorded durably before anything moves, moves durably, and is recorded as kept at the end', async () => {
      await store.asides.keep(wanted(), realTools());
      const record = [
        ...[`sync ${X}/.tmp-aside.json`, `rename ${X}/.tmp-aside.json → ${X}/aside.json`, `sync ${X}`],
        `sync ${CANON}/asides`,
      ];
      expect(lines()).to.deep.equal([
        ...record,
        ...[
          `rename apps/a.example/volumes/data → ${X}/volumes/data`,
          `sync ${X}/volumes`,
          'sync apps/a.example/volumes',
        ],
        ...[`rename apps/a.example/env → ${X}/env`, `sync ${X}`, 'sync apps/a.example'],
        `sync ${X}/volumes`,
        ...record,
      ]);
      expect([modeOf(`${X}/aside.json`), modeOf(`${X}/volumes`)]).to.deep.equal(['600', '700']);
      const [kept] = await store.asides.list();
      expect(kept).to.deep.include({ format: 1, id: 'x', domain: 'a.example', generation: 'g', state: 'Kept' });
      expect(kept?.parts.map(({ name }) => name)).to.deep.equal(['volumes/data', 'env']);
    });

    for (const line of [
      /^rename .*→ .*asides\/x\/volumes\/data/,
      /^rename .*→ .*asides\/x\/env/,
      /^sync .*x\/volumes/,
    ]) {
      it(`I15 that fails at ${line.source} is ended by the next call, whatever its id, and nothing is lost`, async () => {
        calls.failNext(line, 'EIO');
        expect(await codeOf(store.asides.keep(wanted(), realTools()))).to.equal('EIO');
        expect((await store.asides.list()).map(({ state }) => state)).to.deep.equal(['Moving']);
        await store.asides.keep(wanted('y'), realTools());
        expect((await store.asides.list()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal(['x Kept']);
        expect(readFileSync(join(aside('x'), 'volumes/data/inner/file'), 'utf8')).to.equal('good data');
        expect(readFileSync(join(aside('x'), 'env'), 'utf8')).to.include('good');
        expect([existsSync(app.envFile), existsSync(app.volumePath('data'))]).to.deep.equal([false, false]);
      });
    }

    it('I15 is copied, compared and left where it was, across file systems', async () => {
      calls.failNext(/^rename .*→ .*asides\/x\/volumes\/data/, 'EXDEV');
      calls.failNext(/^rename .*→ .*asides\/x\/env/, 'EXDEV');
      // Left by one that was cut off.
      mkdirSync(join(aside('x'), 'volumes/.tmp-data/half'), { recursive: true });
      const synced: string[] = [];
      const { runner, ...real } = realTools();
      const run: typeof runner.run = (options) => {
        if (options.argv[0] === 'sync') synced.push(options.argv.at(-1) ?? '');
        return runner.run(options);
      };
      const before: string[][] = [];
      for (const part of ['data', 'env']) {
        calls.beforeNext(new RegExp(`^rename .*tmp-${part} →`), () => void before.push([...synced]));
      }
      await store.asides.keep(wanted(), { ...real, runner: { run } as typeof runner });
      const [data, env] = [join(aside('x'), 'volumes/.tmp-data'), join(aside('x'), '.tmp-env')];
      expect(before).to.deep.equal([[data], [data, env]]);
      expect(readFileSync(join(aside('x'), 'volumes/data/inner/file'), 'utf8')).to.equal('good data');
      expect(existsSync(app.volumePath('data'))).to.equal(true);
      expect(readdirSync(join(aside('x'), 'volumes'))).to.deep.equal(['data']);
      expect((await store.asides.list()).map(({ state }) => state)).to.deep.equal(['Kept']);
    });

    it('I15 T64 that finds no room is given up where it is: the rest stays live, and no later call takes it', async () => {
      calls.failNext(/^rename .*→ .*asides\/x\/volumes\/data/, 'EXDEV');
      calls.failNext(/^rename .*tmp-data →/, 'ENOSPC');
      await codeOf(store.asides.keep(wanted(), realTools()));
      await store.asides.settle('x');
      expect(await store.asides.list()).to.deep.include.members([
        { ...(await store.asides.list())[0], state: 'Kept', parts: [] },
      ]);
      expect(readdirSync(join(aside('x'), 'volumes'))).to.deep.equal([]);
      await store.asides.resume(realTools());
      expect([existsSync(app.envFile), existsSync(app.volumePath('data'))]).to.deep.equal([true, true]);
      await store.asides.settle('none');
      await store.asides.keep(wanted('y'), realTools());
      await store.asides.settle('y');
      expect((await store.asides.list()).map(({ id, parts }) => `${id} ${parts.length}`)).to.deep.equal(['x 0', 'y 2']);
    });

    it('nothing is nothing: no record is made', async () => {
      await store.asides.keep(wanted('x', { parts: [{ name: 'env', live: app.volumePath('none') }] }), realTools());
      expect([await store.asides.list(), existsSync(aside('x'))]).to.deep.equal([[], false]);
    });

    it('goes by its name first, durably; what a crash left of that is litter', async () => {
      await store.asides.keep(wanted(), realTools());
      calls.take();
      calls.failNext(/^unlink .*trash-x/, 'EIO');
      expect(await codeOf(store.asides.remove(['x']))).to.equal('EIO');
      const [renamed, synced] = lines();
      expect([renamed, synced]).to.deep.equal([`rename ${X} → ${CANON}/asides/.trash-x`, `sync ${CANON}/asides`]);
      expect([await store.asides.hasLitter(), await store.asides.list()]).to.deep.equal([true, []]);
      await store.asides.sweep();
      expect([await store.asides.hasLitter(), readdirSync(join(root, CANON, 'asides'))]).to.deep.equal([false, []]);
      await store.asides.remove(['x', 'none']);
      expect(await codeOf(store.asides.remove(['../x']))).to.equal('InvalidInput');
    });

    for (const text of ['{', '{}', 'null', '{"format":2,"id":"x","parts":[]}', '{"format":1,"id":"y","parts":[]}']) {
      it(`T84 whose record holds ${JSON.stringify(text)} is a damaged one`, async () => {
        mkdirSync(aside('x'), { recursive: true });
        expect(await store.asides.list()).to.deep.equal([]);
        writeFileSync(join(aside('x'), 'aside.json'), text);
        const error: unknown = await store.asides.list().catch((caught: unknown) => caught);
        expect(error).to.have.property('reason', 'DamagedRecord');
        writeFileSync(join(aside('x'), 'aside.json'), '{"format":1,"id":"x","parts":[]}');
        calls.failNext(/^readFile .*aside.json/, 'EMFILE');
        expect(await codeOf(store.asides.list())).to.equal('EMFILE');
      });
    }
  });

  describe('all of it', () => {
    const kept = (id: string): Promise<void> =>
      store.asides.keep({ id, domain: 'd', parts: [{ name: 'env', live: app.envFile }] }, realTools());

    it('is empty where nothing was ever known to be good: no pointer, no generation in any state, nothing aside', async () => {
      expect(await store.isEmpty()).to.equal(true);
      mkdirSync(join(store.sets.directory, '.tmp-a'), { recursive: true });
      expect(await store.isEmpty()).to.equal(true);
      mkdirSync(join(store.sets.directory, 'a'));
      expect(await store.isEmpty()).to.equal(false);
      rmSync(join(store.sets.directory, 'a'), { recursive: true });
      await kept('x');
      expect(await store.isEmpty()).to.equal(false);
      await store.asides.remove(['x']);
      expect(await store.isEmpty()).to.equal(true);
      await notePointer(store.directory, 'a');
      expect(await store.isEmpty()).to.equal(false);
    });

    it('has litter where a set or an aside was not removed to its end; both are swept', async () => {
      expect(await store.hasLitter()).to.equal(false);
      for (const place of [store.sets.directory, store.asides.directory]) {
        mkdirSync(join(place, '.trash-x/below'), { recursive: true });
        expect(await store.hasLitter(), place).to.equal(true);
        await store.sweep();
        expect([await store.hasLitter(), readdirSync(place)], place).to.deep.equal([false, []]);
      }
    });

    it('I15 is collected once the line is as long as it is kept: older sets, and what was kept aside', async () => {
      await make('old');
      await make('a');
      await store.swap('a', never);
      await kept('x');
      app.fill('good', ['data']);
      expect(await store.collect({ keep: 2, referenced: new Set() })).to.deep.equal([]);
      expect((await store.asides.list()).map(({ id }) => id)).to.deep.equal(['x']);
      await make('b', 'a');
      await store.swap('b', never);
      expect(await store.collect({ keep: 2, referenced: new Set(['old']) })).to.deep.equal([]);
      expect([await store.asides.list(), await store.sets.ids()]).to.deep.equal([[], ['a', 'b', 'old']]);
      calls.failNext(/^rename .*asides\/y\/env/, 'EIO');
      expect(await codeOf(kept('y'))).to.equal('EIO');
      expect(await store.collect({ keep: 1, referenced: new Set() })).to.deep.equal(['a', 'old']);
      expect((await store.asides.list()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal(['y Moving']);
    });
  });

  describe('the state of the volumes', () => {
    it('is journaled durably, and read as what it says', async () => {
      for (const state of [
        { state: 'Clean', generation: 'a' },
        { state: 'Dirty', generation: 'a' },
        { state: 'Dirty' },
        { state: 'Missing' },
      ] satisfies VolumesState[]) {
        calls.take();
        await store.setVolumesState(state);
        expect(lines().at(-1)).to.equal(`sync ${CANON}`);
        expect(await store.volumesState()).to.deep.equal(state);
      }
    });

    for (const text of [
      '',
      'null',
      '1',
      '{}',
      '{"state":"Clean"}',
      '{"state":"Clean","generation":1}',
      '{"state":"x"}',
    ]) {
      it(`that holds ${JSON.stringify(text)} is unknown`, async () => {
        mkdirSync(store.directory, { recursive: true });
        writeFileSync(join(store.directory, 'volumes.json'), text);
        expect(await readVolumesState(store.directory)).to.deep.equal({ state: 'Unknown' });
      });
    }

    it('once something runs on them tells where they come from', () => {
      const clean: VolumesState = { state: 'Clean', generation: 'a' };
      const [missing, unknown]: readonly [VolumesState, VolumesState] = [{ state: 'Missing' }, { state: 'Unknown' }];
      expect(dirtied({ state: 'Dirty', generation: 'b' }, 'a')).to.deep.equal({ state: 'Dirty', generation: 'b' });
      expect(dirtied({ state: 'Dirty' }, 'a')).to.deep.equal({ state: 'Dirty' });
      for (const state of [clean, missing, unknown]) {
        expect(dirtied(state, 'p')).to.deep.equal({ state: 'Dirty', generation: 'p' });
      }
      expect(dirtied(missing, undefined)).to.deep.equal({ state: 'Dirty' });
      for (const state of [clean, unknown]) {
        expect(dirtied(state, undefined)).to.deep.equal({ state: 'Dirty', generation: 'unknown' });
      }
      expect([clean, missing, unknown, { state: 'Dirty' } satisfies VolumesState].map(isNobodys)).to.deep.equal([
        ...[false, true, false, true],
      ]);
      expect(isNobodys({ state: 'Dirty', generation: 'a' })).to.equal(false);
    });
  });
});
