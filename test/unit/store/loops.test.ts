import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CcError } from '../../../lib/errors.ts';
import { DirectoryGuard, writeMarker } from '../../../lib/store/directory-guard.ts';
import { IndexFile } from '../../../lib/store/index-file.ts';
import { entryText, INDEX_FORM, type IndexEntry, readIndexText } from '../../../lib/store/index-line.ts';
import { type ChangedFiles, RescanLoop, type RoundCause } from '../../../lib/store/rescan-loop.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { gate } from '../../fakes/fake-reconciler.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { turnsDuring } from '../../rig/turns.ts';

describe('RescanLoop', () => {
  const looped = (round: (cause: RoundCause) => Promise<'Again' | 'Rest'> = async () => 'Rest') => {
    const clock = new FakeClock();
    const log = new FakeLog();
    const rounds: string[] = [];
    const counted = async (cause: RoundCause): Promise<'Again' | 'Rest'> => {
      rounds.push(`${cause} ${clock.monotonicMs()}`);
      return await round(cause);
    };
    return { clock, log, rounds, loop: new RescanLoop({ clock, log, round: counted }) };
  };

  it('lists every two seconds, counted from the last listing, and starts once', async () => {
    const { clock, rounds, loop } = looped();
    loop.start();
    loop.start();
    await clock.advance(1_999);
    expect(rounds).to.deep.equal([]);
    await clock.advance(4_001);
    expect(rounds).to.deep.equal(['Rescan 2000', 'Rescan 4000', 'Rescan 6000']);
    expect(clock.pendingTimers()).to.equal(1);
    await loop.stop();
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('waits fifty times as long as a listing took, ten seconds at most; a hint is listed all the same', async () => {
    const tookMs = [100, 1_000, 0];
    const { clock, rounds, loop } = looped(async () => {
      await clock.sleep(tookMs.shift() ?? 0);
      return 'Rest';
    });
    loop.start();
    await clock.advance(2_000 + 100 + 5_000);
    expect(rounds, 'at the nearest whole second').to.deep.equal(['Rescan 2000', 'Rescan 7000']);
    await clock.advance(1_000 + 9_800);
    loop.hint();
    await clock.advance(50);
    expect(rounds.slice(2)).to.deep.equal(['Hint 17950']);
    await clock.advance(2_050);
    expect(rounds.slice(3)).to.deep.equal(['Rescan 20000']);
    await loop.stop();
  });

  it('lists 50 ms after the first of many hints, and begins the two seconds anew', async () => {
    const { clock, rounds, loop } = looped();
    loop.start();
    await clock.advance(1_000);
    loop.hint();
    await clock.advance(30);
    loop.hint();
    await clock.advance(2_020);
    expect(rounds).to.deep.equal(['Hint 1050', 'Rescan 3000']);
    await loop.stop();
  });

  it('a hint before the start or during a listing is not lost', async () => {
    const open = [gate(), gate()];
    let number = 0;
    const { clock, rounds, loop } = looped(async () => {
      await open[number++]?.promise;
      return 'Rest';
    });
    loop.hint();
    loop.start();
    await clock.advance(50);
    expect(rounds).to.deep.equal(['Rescan 50']);
    loop.hint();
    await clock.advance(5_000);
    expect(rounds).to.have.length(1);
    open[0]!.open();
    await settle();
    await clock.advance(50);
    expect(rounds).to.deep.equal(['Rescan 50', 'Hint 5100']);
    open[1]!.open();
    await loop.stop();
  });

  it('lists again at once where the listing asks for it, and goes on after one that failed', async () => {
    const answers: (() => Promise<'Again' | 'Rest'>)[] = [
      async () => 'Again',
      () => Promise.reject(new Error('no')),
      async () => 'Rest',
    ];
    const { clock, rounds, loop, log } = looped(async () => await answers.shift()!());
    loop.start();
    await clock.advance(2_050);
    await clock.advance(2_000);
    expect(rounds).to.deep.equal(['Rescan 2000', 'Hint 2050', 'Rescan 4000']);
    expect(log.take()).to.deep.equal(['error']);
    await loop.stop();
  });

  it('looks at the named files alone, and lists where one is not enough, where too many are named, and every two seconds', async () => {
    const clock = new FakeClock();
    const rounds: unknown[] = [];
    const answers: ('Again' | 'Later')[] = ['Later', 'Again'];
    const round = async (cause: RoundCause, changed: ChangedFiles) => {
      rounds.push([cause, clock.monotonicMs(), changed]);
      return answers.shift() ?? 'Rest';
    };
    const loop = new RescanLoop({ clock, log: new FakeLog(), round });
    loop.start();
    for (const path of ['a', 'b', 'a']) loop.hint(path);
    await clock.advance(150);
    expect(rounds.splice(0)).to.deep.equal([
      ['Named', 50, ['a', 'b']],
      ['Named', 100, ['a', 'b']],
      ['Hint', 150, 'Any'],
    ]);
    for (let number = 0; number < 65; number += 1) loop.hint(`${number}`);
    await clock.advance(50);
    expect(rounds.splice(0)).to.deep.equal([['Hint', 200, 'Any']]);
    for (let time = 0; time < 50; time += 1) {
      loop.hint('a');
      await clock.advance(50);
    }
    const listed = rounds.findIndex((one) => (one as string[])[0] !== 'Named');
    expect(rounds.slice(listed - 1, listed + 2), 'the file first, and only then a listing').to.deep.equal([
      ['Named', 2_000, ['a']],
      ['Rescan', 2_000, []],
      ['Named', 2_050, ['a']],
    ]);
    await loop.stop();
  });

  it('a stop during a look at a file that is followed by a listing keeps that from beginning', async () => {
    const open = gate();
    const { clock, rounds, loop } = looped(async (cause) => {
      if (cause === 'Named') await open.promise;
      return 'Rest';
    });
    loop.start();
    await clock.advance(1_990);
    loop.hint('a');
    await clock.advance(50);
    const stopping = loop.stop();
    open.open();
    await stopping;
    expect(rounds).to.deep.equal(['Named 2040']);
  });

  it('a stop waits for the listing under way, and nothing follows it', async () => {
    const open = gate();
    const { clock, rounds, loop } = looped(async () => {
      await open.promise;
      return 'Again';
    });
    loop.start();
    await clock.advance(2_000);
    let stopped = false;
    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    loop.hint();
    await settle();
    expect(stopped).to.equal(false);
    open.open();
    await stopping;
    await clock.advance(10_000);
    expect([rounds.length, clock.pendingTimers()]).to.deep.equal([1, 0]);
  });
});

describe('files that are written now and then', () => {
  let root: string;
  let calls: FileCalls;
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-loops-')));
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  describe('the index', () => {
    let path: string;
    let clock: FakeClock;
    let log: FakeLog;
    let there: Set<string>;
    let place: boolean;
    let index: IndexFile;
    beforeEach(() => {
      path = join(root, 'index.jsonl');
      [clock, log, there, place] = [new FakeClock(), new FakeLog(), new Set(['a', 'b']), true];
      index = new IndexFile({
        ...{ path, clock, log, keys: () => [...there].map((name) => ({ kind: 'Run', name })), count: () => there.size },
        lookup: ({ kind, name }) =>
          there.has(name)
            ? entryText({ entry: { kind, name, path: '' } as IndexEntry, shown: '{"status":{"is":1}}' })
            : undefined,
        form: INDEX_FORM,
        assertPlace: async () => {
          if (!place) throw new Error('moved');
        },
      });
    });
    const names = (): string[] =>
      readIndexText(readFileSync(path, 'utf8'))
        .keys()
        .map((key) => key.replace(/^Run\//, ''));
    const written = async (...marked: string[]): Promise<string[]> => {
      for (const name of marked) index.mark({ kind: 'Run', name });
      await index.flush();
      return names();
    };

    it('is written once for all that was marked within 200 ms', async () => {
      await index.flush();
      expect(existsSync(path)).to.equal(false);
      index.mark({ kind: 'Run', name: 'a' });
      await clock.advance(100);
      index.mark({ kind: 'Run', name: 'b' });
      await clock.advance(99);
      expect(existsSync(path)).to.equal(false);
      await clock.advance(1);
      expect(names()).to.deep.equal(['a', 'b']);
      expect(readIndexText(readFileSync(path, 'utf8')).get({ kind: 'Run', name: 'a' })?.status).to.deep.equal({
        is: 1,
      });
    });

    it('begins with a checkpoint of all, then grows by what changes, and is written anew once it is long', async () => {
      await written('a');
      const { ino, size } = statSync(path);
      there.delete('a');
      expect(await written('a')).to.deep.equal(['b']);
      there.add('c');
      expect(await written('c')).to.deep.equal(['b', 'c']);
      expect([statSync(path).ino === ino, statSync(path).size > size]).to.deep.equal([true, true]);
      for (let time = 0; time < 250; time += 1) await written('c');
      expect([statSync(path).ino === ino, names()]).to.deep.equal([false, ['b', 'c']]);
      expect(readFileSync(path, 'utf8').split('\n').length).to.be.lessThan(200);
    });

    it('is written anew at rest where much of it says nothing any more, and not before', async () => {
      await written('a');
      const { ino } = statSync(path);
      for (let time = 0; time < 190; time += 1) await written('c');
      await clock.advance(60_000);
      expect(statSync(path).ino).to.equal(ino);
      for (let time = 0; time < 6; time += 1) await written('c');
      for (const name of Array.from({ length: 100 }, (_, index) => `d${index}`)) there.add(name);
      await written(...there);
      expect(statSync(path).ino).to.equal(ino);
      await clock.advance(4_999);
      await written('a');
      await clock.advance(4_999);
      expect(statSync(path).ino).to.equal(ino);
      await clock.advance(1);
      await settle();
      await index.flush();
      expect(readFileSync(path, 'utf8').split('\n').length).to.equal(there.size + 2);
      expect(names()).to.have.members([...there]);
      expect(clock.pendingTimers()).to.equal(0);
    });

    it('lets others have their turn while it writes many anew, and appends what they change', async () => {
      for (let number = 0; number < 1_000; number += 1) there.add(`n${number}`);
      const turns = await turnsDuring(written('a'), (turn) => {
        if (turn === 3) there.delete('n0');
        if (turn === 3) index.mark({ kind: 'Run', name: 'n0' });
      });
      expect(turns).to.be.at.least(10);
      expect(names()).to.have.length(1_002);
      await index.flush();
      expect(names()).to.have.members([...there]);
    });

    for (const [what, act] of [
      ['lost', () => rmSync(path)],
      ['cut', () => truncateSync(path, 60)],
      ['longer', () => appendFileSync(path, '{"number":')],
      [
        'another one',
        () => {
          writeFileSync(`${path}x`, readFileSync(path));
          renameSync(`${path}x`, path);
        },
      ],
    ] as const) {
      it(`is written anew where it is ${what} than this process left it`, async () => {
        await written('a', 'b');
        act();
        there.delete('a');
        expect(await written('a')).to.deep.equal(['b']);
      });
    }

    it('is written again after a failure, with all that was missed', async () => {
      await written('a');
      there.delete('a');
      place = false;
      expect([await written('a'), log.take(), clock.pendingTimers()]).to.deep.equal([['a', 'b'], ['warn'], 0]);
      place = true;
      expect(await written('b')).to.deep.equal(['b']);
      there.add('c');
      calls.failNext(/^writeFile index/, 'ENOSPC');
      expect([await written('c'), log.take()]).to.deep.equal([['b'], ['warn']]);
      expect(await written('b')).to.deep.equal(['b', 'c']);
    });
  });
});

/** Lets I/O go on, bounded, until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !condition(); turn += 1) await settle();
  expect(condition()).to.equal(true);
}

describe('DirectoryGuard', () => {
  /** It looks every second. */
  const LOOK_MS = 1_000;
  let root: string;
  let state: string;
  let specs: string;
  let clock: FakeClock;
  let log: FakeLog;
  let guard: DirectoryGuard;
  const owner = { pid: 7, since: '2030-01-01T00:00:00.000Z' };
  const take = (): DirectoryGuard =>
    new DirectoryGuard({ stateDirectory: state, specDirectory: specs, owner, clock, log });

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-guard-')));
    [state, specs] = [join(root, 'state'), join(root, 'specs')];
    for (const directory of [state, specs]) await mkdir(directory);
    await writeMarker(specs, 'mine');
    clock = new FakeClock();
    log = new FakeLog();
    guard = take();
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
    guard.release();
  });

  it('I9 holds both directories until it is released, and none where one is held', async () => {
    expect(await codeOf(Promise.resolve().then(take))).to.equal('Conflict');
    guard.release();
    guard.release();
    specs = join(root, 'other');
    await mkdir(specs);
    guard = take();
    const [before, elsewhere] = [guard, join(root, 'elsewhere')];
    await mkdir(elsewhere);
    state = elsewhere;
    expect(await codeOf(Promise.resolve().then(take))).to.equal('Conflict');
    specs = join(root, 'specs');
    guard = take();
    before.release();
  });

  it('nothing is wrong while both are what they were', async () => {
    const lost: CcError[] = [];
    guard.start('mine', (error) => lost.push(error));
    for (let look = 0; look < 5; look += 1) await clock.advance(LOOK_MS);
    expect([lost, clock.pendingTimers(), log.take()]).to.deep.equal([[], 1, []]);
    guard.release();
    expect(clock.pendingTimers()).to.equal(0);
  });

  for (const [what, put] of [
    ['moved', () => rename(state, join(root, 'away'))],
    ['replaced', () => rename(state, join(root, 'away')).then(() => mkdir(state))],
    ['no directory any more', () => rename(state, join(root, 'away')).then(() => writeFile(state, ''))],
  ] as const) {
    it(`T51 a state directory that is ${what} is lost, and that is said once`, async () => {
      const lost: CcError[] = [];
      guard.start('mine', (error) => lost.push(error));
      await put();
      await clock.advance(LOOK_MS - 1);
      expect(lost).to.deep.equal([]);
      await clock.advance(LOOK_MS + 1);
      expect(lost.map(({ code }) => code)).to.deep.equal(['DataMissing']);
      expect(await codeOf(guard.check('mine'))).to.equal('DataMissing');
    });
  }

  it('T51 a spec directory that is gone is waited for; another one that is ours is locked in its place', async () => {
    await rename(specs, join(root, 'away'));
    await guard.check('mine');
    await mkdir(specs);
    await guard.check('mine');
    expect(log.take()).to.deep.equal([]);
    await writeMarker(specs, 'mine');
    await guard.check('mine');
    expect(log.take()).to.deep.equal(['warn']);
    await guard.check('mine');
    expect(log.take()).to.deep.equal([]);
    state = join(root, 'other-state');
    await mkdir(state);
    expect(await codeOf(Promise.resolve().then(take))).to.equal('Conflict');
  });

  it('T51 one of another instance in its place is lost; so is one that another controller holds', async () => {
    await rename(specs, join(root, 'away'));
    await mkdir(specs);
    await writeMarker(specs, 'theirs');
    expect(await codeOf(guard.check('mine'))).to.equal('Conflict');
    await writeMarker(specs, 'mine');
    const state2 = join(root, 'state-2');
    await mkdir(state2);
    const other = new DirectoryGuard({ stateDirectory: state2, specDirectory: specs, owner, clock, log });
    expect(await codeOf(guard.check('mine'))).to.equal('Conflict');
    other.release();
    await guard.check('mine');
  });

  it('I9 a lock file that somebody removed is locked anew', async () => {
    await rm(join(specs, '.cc-ci-lock'));
    await guard.check('mine');
    expect(log.take()).to.deep.equal(['warn']);
    state = join(root, 'other-state');
    await mkdir(state);
    expect(await codeOf(Promise.resolve().then(take))).to.equal('Conflict');
  });

  it('a file system that cannot be asked is no loss: it is asked again', async () => {
    const lost: CcError[] = [];
    await rm(join(specs, '.cc-ci-lock'));
    await rm(join(specs, '.cc-ci-instance'));
    await mkdir(join(specs, '.cc-ci-instance'));
    guard.start('mine', (error) => lost.push(error));
    await clock.advance(LOOK_MS);
    await until(() => log.lines.length > 0);
    expect(log.take()).to.deep.equal(['warn']);
    await rm(join(specs, '.cc-ci-instance'), { recursive: true });
    await writeMarker(specs, 'mine');
    await clock.advance(LOOK_MS);
    await until(() => log.lines.length > 0);
    expect([lost, log.take()]).to.deep.equal([[], ['warn']]);
  });
});
