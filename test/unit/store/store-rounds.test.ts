import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { keyText } from '../../../lib/api/kinds.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { FileStore } from '../../../lib/store/file-store.ts';
import { readIndexText } from '../../../lib/store/index-line.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { codeOf } from '../../rig/code-of.ts';
import { driven, drivenTo } from '../../rig/driven.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const KEY = { kind: 'Canonical', name: 'notes' } as const;
const RUN = { kind: 'Run', name: 'r1' } as const;
const GRACE_MS = 30_000;
const text = (name: string, recipe = name): string =>
  `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata:\n  name: ${name}\nspec:\n  app:\n    recipe: ${recipe}\n`;

describe('FileStore, round after round', () => {
  let root: string;
  let clock: FakeClock;
  let log: FakeLog;
  let changes: string[];
  let store: FileStore;
  let calls: FileCalls;

  const open = async (): Promise<FileStore> => {
    let uids = 0;
    return await FileStore.open({
      ...{ stateDirectory: join(root, 'state'), specDirectory: join(root, 'specs'), instanceId: 'i', clock, log },
      ...{ graceMs: GRACE_MS, owns: () => true, newUid: () => `uid-${++uids}` },
      onChange: (key, priority) => changes.push(`${priority} ${keyText(key)}`),
    });
  };
  const spec = (name = 'notes.yaml'): string => join(root, 'specs', name);
  const state = (...names: string[]): string => join(root, 'state', ...names);
  const reasons = (path: string): string[] =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).reason);
  const taken = (): string[] => changes.splice(0);
  const deletion = () => store.get(KEY)?.deletion?.state;
  /** Until its deletion has begun. */
  const vanish = async (): Promise<void> => {
    rmSync(spec());
    await store.sync();
    await clock.advance(GRACE_MS);
    await store.sync();
  };

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-rounds-')));
    for (const name of ['specs', 'state']) mkdirSync(join(root, name));
    await writeMarker(join(root, 'specs'), 'i');
    writeFileSync(spec(), text('notes'));
    clock = new FakeClock();
    log = new FakeLog();
    changes = [];
    store = await open();
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await store.stop();
    await rm(root, { recursive: true });
  });

  it('tells each change once, what people did first', async () => {
    expect(store.complete()).to.equal(false);
    await store.sync();
    expect([taken(), store.get(KEY)?.uid, store.complete()]).to.deep.equal([['Person Canonical/notes'], 'uid-1', true]);
    await store.sync();
    expect(taken()).to.deep.equal([]);
    rmSync(spec());
    await store.sync();
    expect([taken(), deletion()]).to.deep.equal([['Change Canonical/notes'], 'Missing']);
    writeFileSync(spec(), text('notes'));
    await store.sync();
    expect([taken(), deletion()]).to.deep.equal([['Person Canonical/notes'], undefined]);
    expect(reasons(state('objects/Canonical/notes/events.jsonl'))).to.deep.equal(['FileMissing', 'FileReturned']);
  });

  it('T64 what cannot be written is taken over by a later round, and only that', async () => {
    writeFileSync(spec('b.yaml'), text('b'));
    calls.failNext(/^mkdir state\/objects\/Canonical\/notes/, 'ENOSPC');
    const syncing = store.sync();
    await driven(clock, () => log.lines.length > 0);
    expect([store.get(KEY), log.take()]).to.deep.equal([undefined, ['warn']]);
    await drivenTo(clock, syncing, 25);
    expect([store.get(KEY)?.generation, taken().sort()]).to.deep.equal([
      1,
      ['Person Canonical/b', 'Person Canonical/notes'],
    ]);
  });

  it('the log has a line for each thing that people look for, and none twice', async () => {
    const lines = (): string[] =>
      log.lines
        .splice(0)
        .map(({ level, message, fields }) =>
          `${level} ${message} ${fields.object ?? ''} ${fields.reason ?? ''}`.trimEnd(),
        );
    await store.sync();
    await store.accept(store.get(KEY)!);
    expect(lines()).to.deep.equal(['info spec accepted Canonical/notes']);
    writeFileSync(spec(), text('notes', 'other'));
    await store.sync();
    for (let time = 0; time < 2; time += 1)
      await store.refuse(store.get(KEY)!, { reason: 'ImmutableField', message: 'no https://me:secret@h/x' });
    expect(JSON.stringify(log.lines)).to.not.include('secret');
    expect(lines()).to.deep.equal(['info event Canonical/notes SpecChanged', 'warn event Canonical/notes SpecRefused']);
    writeFileSync(spec('b.yaml'), '{');
    await store.sync();
    await store.sync();
    expect(lines()).to.deep.equal(['warn spec file not in force  InvalidSpec']);
    rmSync(spec('b.yaml'));
    renameSync(join(root, 'specs'), join(root, 'away'));
    for (let time = 0; time < 2; time += 1) await store.sync();
    expect(lines()).to.deep.equal(['warn event  SourceUnavailable']);
    renameSync(join(root, 'away'), join(root, 'specs'));
    await store.sync();
    expect(lines()).to.deep.equal(['info event  SourceAvailable']);
    await store.event(KEY, { type: 'Warning', reason: 'PassFailed', message: 'the runtime says so' });
    expect(lines()).to.deep.equal([]);
  });

  it('a source that is gone is told once, and once more when it is back; it is complete only then', async () => {
    await store.sync();
    for (let round = 1; round <= 2; round += 1) {
      renameSync(join(root, 'specs'), join(root, 'away'));
      for (let time = 0; time < 2; time += 1) await store.sync();
      expect([store.complete(), deletion()]).to.deep.equal([false, undefined]);
      renameSync(join(root, 'away'), join(root, 'specs'));
      for (let time = 0; time < 2; time += 1) await store.sync();
      expect(store.complete()).to.equal(true);
      expect(reasons(state('events.jsonl'))).to.deep.equal(
        Array.from({ length: round }, () => ['SourceUnavailable', 'SourceAvailable']).flat(),
      );
    }
  });

  it('a file that was never seen and is broken holds deletions until it is mended', async () => {
    await store.sync();
    writeFileSync(spec('b.yaml'), '{');
    await vanish();
    expect([store.complete(), deletion()]).to.deep.equal([false, undefined]);
    writeFileSync(spec('b.yaml'), text('b'));
    await store.sync();
    expect([store.complete(), deletion()]).to.deep.equal([true, 'Missing']);
  });

  it('I7 is destroyed only once its file is proven absent, and removed only once it is destroyed', async () => {
    expect(await codeOf(store.markDestroying(KEY))).to.equal('NotFound');
    await store.remove(KEY);
    await store.sync();
    await store.projectStatus(KEY, { conditions: [] });
    for (const early of [() => store.markDestroying(KEY), () => store.remove(KEY)]) {
      expect(await codeOf(early())).to.equal('Refused');
    }
    await vanish();
    expect([deletion(), await store.confirmAbsent(KEY)]).to.deep.equal(['Started', true]);
    writeFileSync(spec(), text('notes'));
    expect(await codeOf(store.markDestroying(KEY))).to.equal('Refused');
    await vanish();
    for (let time = 0; time < 2; time += 1) await store.markDestroying(KEY);
    expect(store.get(KEY)?.deletion).to.deep.include({ state: 'Destroying', requested: false });
    writeFileSync(spec(), text('notes'));
    expect([await store.confirmAbsent(KEY), deletion()]).to.deep.equal([true, 'Destroying']);
    await store.remove(KEY);
    expect([store.get(KEY), existsSync(`${spec()}.status.yaml`)]).to.deep.equal([undefined, false]);
    await store.sync();
    expect(store.get(KEY)?.uid).to.equal('uid-2');
  });

  it('a run is made with its file, told at once, and made once', async () => {
    const run = await store.createRun({ name: 'r1', spec: { recipe: 'notes' } });
    expect(run).to.include({ uid: 'uid-1', source: 'State', path: state('specs/r1.yaml') });
    expect([taken(), store.get(RUN)]).to.deep.equal([['Change Run/r1'], run]);
    expect(await codeOf(store.createRun({ name: 'r1', spec: { recipe: 'notes' } }))).to.equal('Conflict');
    await store.sync();
    expect([store.get(RUN), taken()]).to.deep.equal([run, ['Person Canonical/notes']]);
    await store.markDestroying(RUN);
    expect(store.get(RUN)?.deletion).to.deep.equal({
      ...{ state: 'Destroying', missingSinceRunningMs: store.runningMs(), requested: false },
    });
    await store.remove(RUN);
    expect(existsSync(run.path)).to.equal(false);
    expect((await store.createRun({ name: 'r1', spec: { recipe: 'notes' } })).uid).to.equal('uid-3');
  });

  it('T64 a run whose file cannot be made is none; one whose record cannot, is one by its file', async () => {
    calls.failNext(/^link state\/specs/, 'EIO');
    expect(await codeOf(store.createRun({ name: 'r1', spec: { recipe: 'notes' } }))).to.equal('EIO');
    expect([store.get(RUN), taken()]).to.deep.equal([undefined, []]);
    calls.failNext(/^writeAt state\/records/, 'EIO');
    expect(await codeOf(store.createRun({ name: 'r1', spec: { recipe: 'notes' } }))).to.equal('EIO');
    await store.sync();
    expect(store.get(RUN)?.source).to.equal('State');
  });

  it('journals, verdicts and answers are of an object that is there', async () => {
    expect(await codeOf(store.writeJournal(KEY, {}))).to.equal('NotFound');
    await store.sync();
    await store.writeJournal(KEY, { step: 1 });
    expect(await store.readJournal(KEY)).to.deep.equal({ step: 1 });
    const judged = store.get(KEY)!;
    await store.refuse(judged, { reason: 'ImmutableField', message: 'm' });
    expect(store.get(KEY)?.refused).to.include({ generation: 1 });
    await store.accept(judged);
    expect([store.get(KEY)?.refused, store.get(KEY)?.accepted?.generation]).to.deep.equal([undefined, 1]);
    await store.finishRequest(KEY, 'none', { result: 'Done', message: '' });
    expect(store.get(KEY)).to.not.have.property('lastHandledRequest');
    for (const call of [
      store.projectStatus(RUN, {}),
      store.event(RUN, { type: 'Normal', reason: 'Drifted', message: '' }),
    ]) {
      await call;
    }
    expect(existsSync(state('objects/Run'))).to.equal(false);
  });

  it('a status that a person’s file stands in the way of is an event of the object', async () => {
    await store.sync();
    writeFileSync(`${spec()}.status.yaml`, 'spec: mine\n');
    await store.projectStatus(KEY, { conditions: [] });
    await drivenTo(clock, store.event(KEY, { type: 'Normal', reason: 'RunCreated', message: '' }));
    expect(reasons(state('objects/Canonical/notes/events.jsonl'))).to.deep.equal(['StatusNotWritten', 'RunCreated']);
  });

  it('stopped, it has written its index and its running time; abandoned, nothing', async () => {
    await store.start();
    await clock.advance(50);
    await driven(clock, () => store.get(KEY) !== undefined);
    await clock.advance(1_000);
    await store.stop();
    expect(JSON.parse(readFileSync(state('running-time.json'), 'utf8'))).to.deep.equal({ runningMs: 1_050 });
    expect(readIndexText(readFileSync(state('index.jsonl'), 'utf8')).keys()).to.deep.equal(['Canonical/notes']);
    expect(clock.pendingTimers()).to.equal(0);
    store = await open();
    await store.start();
    expect(store.runningMs()).to.equal(1_050);
    rmSync(state('running-time.json'));
    store.abandon();
    await clock.advance(60_000);
    expect(existsSync(state('running-time.json'))).to.equal(false);
  });
});
