import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import type { FileStore } from '../../../lib/store/file-store.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { canonicalText, type Fixture, fixture, GRACE_MS } from './store-fixture.ts';

const notes = { kind: 'Canonical', name: 'notes' } as const;

describe('requests', () => {
  let f: Fixture;
  let store: FileStore;
  beforeEach(async () => {
    f = await fixture();
    await f.write('notes.yaml', canonicalText('notes'));
    store = await f.open();
    await store.sync();
  });
  afterEach(() => f.close());
  const waiting = async () => (await readdir(join(f.state, 'requests'))).filter((name) => name.endsWith('.json'));
  const reasonOf = async (id: string) =>
    JSON.parse(await readFile(join(f.state, `requests/rejected/${id}.reason`), 'utf8')).reason;

  it('keeps order, and a file that could not be removed is not taken twice', async () => {
    const first = await f.request({ verb: 'retry', ...notes });
    const second = await f.request({ verb: 'cancel', ...notes, generation: 1, args: { why: 'x' } });
    const copy = await readFile(join(f.state, `requests/${first}.json`));
    await store.sync();
    expect(store.get(notes)!.requests.map(({ id }) => id)).to.deep.equal([first, second]);
    expect(store.get(notes)!.requests[1]).to.include({ verb: 'cancel', generation: 1, by: 'tester' });
    expect(await waiting()).to.deep.equal([]);
    await writeFile(join(f.state, `requests/${first}.json`), copy);
    await store.sync();
    expect(store.get(notes)!.requests).to.have.length(2);
    await store.finishRequest(notes, first, { result: 'Done', message: '' });
    await writeFile(join(f.state, `requests/${first}.json`), copy);
    await store.sync();
    expect(store.get(notes)!.requests.map(({ id }) => id)).to.deep.equal([second]);
  });

  it('reports the object to the runtime as a person’s wish', async () => {
    f.changes.length = 0;
    await f.request({ verb: 'reconcile', ...notes });
    await store.sync();
    expect(f.changes).to.deep.equal(['Person Canonical/notes']);
  });

  it('hands on what is asked of the controller itself, until it is taken off', async () => {
    f.changes.length = 0;
    const id = await f.request({ verb: 'clean', args: {} });
    for (const _ of ['once', 'twice']) await store.sync();
    expect(f.changes).to.deep.equal([`clean ${id}`, `clean ${id}`]);
    for (const _ of ['once', 'twice']) await store.removeControllerRequest(id);
    await store.sync();
    expect(f.changes).to.have.lengthOf(2);
    expect(await waiting()).to.deep.equal([]);
  });

  it('takes a request that was dropped together with its spec', async () => {
    await f.write('new.yaml', canonicalText('new'));
    await f.request({ verb: 'suspend', kind: 'Canonical', name: 'new' });
    await store.sync();
    await store.sync();
    expect(store.get({ kind: 'Canonical', name: 'new' })!.requests).to.have.length(1);
  });

  it('refuses what is malformed, for nobody, or for another object of that name, and says why', async () => {
    const ids = {
      nobody: await f.request({ verb: 'retry', kind: 'Run', name: 'nobody' }),
      other: await f.request({ verb: 'delete', ...notes, uid: 'an-older-uid' }),
      verb: await f.request({ verb: 'explode', ...notes }),
      noName: await f.request({ verb: 'delete' }),
    };
    await writeFile(join(f.state, 'requests/broken.json'), '{');
    await store.sync();
    expect(await waiting()).to.deep.equal([]);
    expect(await reasonOf(ids.nobody)).to.equal('NotFound');
    expect(await reasonOf(ids.other)).to.equal('Conflict');
    expect(await reasonOf(ids.verb)).to.equal('Malformed');
    expect(await reasonOf(ids.noName)).to.equal('Malformed');
    expect(await reasonOf('broken')).to.equal('Malformed');
    expect(store.get(notes)!.requests).to.deep.equal([]);
  });

  it('journals suspend and resume, but only when they were done', async () => {
    const act = async (verb: string, result: 'Done' | 'Refused') => {
      const id = await f.request({ verb, ...notes });
      await store.sync();
      await store.finishRequest(notes, id, { result, message: '' });
      return store.get(notes)!.suspended;
    };
    expect(await act('suspend', 'Done')).to.equal(true);
    expect(await act('resume', 'Refused')).to.equal(true);
    expect(await act('resume', 'Done')).to.equal(false);
  });
});

describe('requests of another object', () => {
  const CANCEL = { id: 'sweep-1', verb: 'cancel', by: 'sweep/weekly' } as const;
  let f: Fixture;
  let store: FileStore;
  let run: StoredObject;
  beforeEach(async () => {
    f = await fixture();
    store = await f.open();
    await store.sync();
    run = await store.createRun({ name: 'r1', spec: { recipe: 'notes' } });
    f.changes.length = 0;
  });
  afterEach(() => f.close());

  it('are journaled with the object as those of people are, and it is looked at', async () => {
    await store.ask(run, CANCEL);
    expect(store.get(run)?.requests).to.have.length(1);
    expect(store.get(run)?.requests[0]).to.deep.include({ ...CANCEL, args: {} });
    expect(f.changes).to.deep.equal(['Change Run/r1']);
    const later = await f.open();
    expect(later.get(run)?.requests.map(({ id }) => id)).to.deep.equal([CANCEL.id]);
  });

  it('are one, however often they are asked, also once they were handled', async () => {
    await store.ask(run, CANCEL);
    await store.ask(run, CANCEL);
    expect(store.get(run)?.requests).to.have.length(1);
    await store.finishRequest(run, CANCEL.id, { result: 'Done', message: '' });
    await store.ask(run, CANCEL);
    expect(store.get(run)?.requests).to.have.length(0);
  });

  it('reach nobody where the object is gone, or another one has its name', async () => {
    await store.ask({ ...run, uid: 'another' }, CANCEL);
    await store.ask({ kind: 'Run', name: 'nobody', uid: 'u' }, CANCEL);
    expect(store.get(run)?.requests).to.have.length(0);
    expect(f.changes).to.deep.equal([]);
  });
});

describe('created runs', () => {
  let f: Fixture;
  let store: FileStore;
  const key = { kind: 'Run', name: 'notes-pr1' } as const;
  const owner = { kind: 'Sweep', name: 'weekly', uid: 'u1' } as const;
  beforeEach(async () => {
    f = await fixture();
    store = await f.open();
    await store.sync();
  });
  afterEach(() => f.close());

  it('are created once, with their owner, and found again from the file alone', async () => {
    const run = await store.createRun({ name: key.name, spec: { recipe: 'notes' }, owner, labels: { a: 'b' } });
    expect(run).to.deep.include({ source: 'State', ownerReferences: [owner], labels: { a: 'b' }, generation: 1 });
    const twice = await store.createRun({ name: key.name, spec: { recipe: 'notes' } }).catch((error: unknown) => error);
    expect(hasCode(twice, 'Conflict')).to.equal(true);
    await store.sync();
    expect(store.get(key)).to.deep.equal(run);
  });

  it('T84 get a lost file back, and stay the runs they were; a request deletes them', async () => {
    const { uid, path, spec } = await store.createRun({ name: 'r1', spec: { recipe: 'notes' }, owner });
    await rm(path);
    await store.sync();
    f.clock.skippedMs += GRACE_MS;
    await store.sync();
    await store.sync();
    const run = store.get({ kind: 'Run', name: 'r1' })!;
    expect(run).to.deep.include({ uid, spec });
    expect(run.deletion).to.equal(undefined);
    expect(run.ownerReferences).to.deep.equal([owner]);
    await rm(path);
    await f.request({ kind: 'Run', name: 'r1', verb: 'delete', uid });
    await store.sync();
    await store.sync();
    expect(store.get({ kind: 'Run', name: 'r1' })?.deletion?.state).to.equal('Started');
  });

  it('a crash between file and record loses neither the run nor its owner', async () => {
    const run = await store.createRun({ name: key.name, spec: { recipe: 'notes' }, owner });
    const text = await readFile(run.path);
    await store.markDestroying(key);
    await store.remove(key);
    expect(await readFile(run.path).catch(() => 'gone')).to.equal('gone');
    await writeFile(run.path, text);
    await store.sync();
    expect(store.get(key)!.ownerReferences).to.deep.equal([owner]);
  });

  for (const [what, text] of [
    ['another run', 'apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: again }\nspec: { recipe: notes }\n'],
    ['an edit that cannot be read', '{ half an edi'],
  ] as const) {
    it(`T101 go without their file where a person made it ${what}`, async () => {
      const run = await store.createRun({ name: key.name, spec: { recipe: 'notes' } });
      await writeFile(run.path, text);
      await store.markDestroying(key);
      await store.remove(key);
      expect(await readFile(run.path, 'utf8')).to.equal(text);
      expect(await readdir(join(f.state, 'specs'))).to.deep.equal([`${key.name}.yaml`]);
    });
  }

  it('that would not validate are refused and leave no file', async () => {
    for (const run of [
      { name: 'x', spec: { recipee: 'notes' } },
      { name: '../x', spec: { recipe: 'notes' } },
    ]) {
      const refused = await store.createRun(run).catch((error: unknown) => error);
      expect(hasCode(refused, 'InvalidInput')).to.equal(true);
    }
    expect(await readdir(join(f.state, 'specs'))).to.deep.equal([]);
  });

  it('a journal left by a run of that name is not the new run’s', async () => {
    await store.createRun({ name: key.name, spec: { recipe: 'notes' } });
    await store.writeJournal(key, { attempt: 3 });
    await store.markDestroying(key);
    await store.remove(key);
    await store.createRun({ name: key.name, spec: { recipe: 'notes' } });
    expect(await store.readJournal(key)).to.equal(undefined);
  });

  it('a removed object takes no journal any more', async () => {
    const refused = await store.writeJournal(key, {}).catch((error: unknown) => error);
    expect(hasCode(refused, 'NotFound')).to.equal(true);
  });
});
