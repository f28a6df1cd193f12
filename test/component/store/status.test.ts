import { mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { readDecisions, readEvents, readOne } from '../../../lib/store/reader.ts';
import { canonicalText, eventually, type Fixture, fixture, GRACE_MS } from './store-fixture.ts';

const notes = { kind: 'Canonical', name: 'notes' } as const;
const status = { conditions: [{ type: 'Ready', status: 'True' }] };

describe('status projection', () => {
  let f: Fixture;
  let store: FileStore;
  let path: string;
  beforeEach(async () => {
    f = await fixture();
    path = `${await f.write('notes.yaml', canonicalText('notes'))}.status.yaml`;
    store = await f.open();
    await store.sync();
  });
  afterEach(() => f.close());
  const inode = async () => (await stat(path)).ino;

  it('does not write an unchanged status, after a restart neither', async () => {
    await store.projectStatus(notes, status);
    const before = await inode();
    await store.projectStatus(notes, structuredClone(status));
    await store.stop();
    store = await f.open();
    await store.sync();
    await store.projectStatus(notes, status);
    expect(await inode()).to.equal(before);
  });

  it('I11 T66 a lost or edited status file is written again and causes no reconcile', async () => {
    await store.projectStatus(notes, status);
    const text = await readFile(path, 'utf8');
    await store.start();
    f.changes.length = 0;
    await unlink(path);
    await eventually(async () => (await readFile(path, 'utf8').catch(() => '')) === text, 'the file is back');
    await writeFile(path, 'status: {verdict: Passed}');
    await eventually(async () => (await readFile(path, 'utf8')) === text, 'the edit is undone');
    expect(f.changes).to.deep.equal([]);
  });

  it('T66 its own writes cause no reconcile', async () => {
    await store.start();
    f.changes.length = 0;
    for (let i = 0; i < 20; i += 1) await store.projectStatus(notes, { observedGeneration: i });
    await store.event(notes, { type: 'Normal', reason: 'Seeding', message: 'x' });
    await f.clock.sleep(300);
    expect(f.changes).to.deep.equal([]);
  });

  it('a file that cannot be written is said once and keeps nobody from going on', async () => {
    await mkdir(path);
    await store.projectStatus(notes, status);
    await store.projectStatus(notes, { ...status, observedGeneration: 2 });
    expect((await readOne({ stateDirectory: f.state }, notes))!.status).to.include({ observedGeneration: 2 });
    const events = await readEvents({ stateDirectory: f.state, limit: 50 }, notes);
    expect(events.filter(({ reason }) => reason === 'StatusNotWritten')).to.have.length(1);
    expect((await readdir(f.specs)).filter((name) => name.startsWith('.tmp-'))).to.deep.equal([]);
    await rm(path, { recursive: true });
    await store.projectStatus(notes, { ...status, observedGeneration: 3 });
    expect(await readFile(path, 'utf8')).to.include('observedGeneration: 3');
  });

  const ownFiles: [string, string][] = [
    ['a resource', canonicalText('mine')],
    ['JSON', '{"apiVersion": "cc-ci/v1", "kind": "Run", "spec": {}}'],
    ['values of something else', 'image: x\nreplicas: 2\n'],
  ];
  for (const [what, text] of ownFiles) {
    it(`T101 leaves a person's own file of a status file's name (${what}), and says so`, async () => {
      await writeFile(path, text);
      await store.projectStatus(notes, status);
      await store.projectStatus(notes, { ...status, observedGeneration: 2 });
      expect(await readFile(path, 'utf8')).to.equal(text);
      const events = await readEvents({ stateDirectory: f.state, limit: 50 }, notes);
      expect(events.filter(({ reason }) => reason === 'StatusNotWritten')).to.have.length(1);
      await f.remove('notes.yaml');
      await f.write('moved.yaml', canonicalText('notes'));
      await store.sync();
      await store.projectStatus(notes, status);
      expect(await readFile(path, 'utf8'), 'after a move').to.equal(text);
    });
  }

  it("T101 a broken file's report leaves a person's own file too, before and after", async () => {
    const broken = `${await f.write('broken.yaml', '{')}.status.yaml`;
    await writeFile(broken, canonicalText('mine'));
    await store.sync();
    expect(await readFile(broken, 'utf8')).to.equal(canonicalText('mine'));
    await f.remove('broken.yaml');
    await store.sync();
    expect(await readFile(broken, 'utf8')).to.equal(canonicalText('mine'));
  });

  it('T101 an object that goes takes no status of the object that its file now holds', async () => {
    await f.write('notes.yaml', canonicalText('renamed'));
    await store.sync();
    await store.projectStatus({ kind: 'Canonical', name: 'renamed' }, status);
    const shown = await readFile(path, 'utf8');
    f.clock.skippedMs += GRACE_MS;
    await store.sync();
    await store.sync();
    await store.markDestroying(notes);
    await store.remove(notes);
    expect(await readFile(path, 'utf8')).to.equal(shown);
  });

  it('follows a moved spec file', async () => {
    await store.projectStatus(notes, status);
    await f.remove('notes.yaml');
    await f.write('moved.yaml', canonicalText('notes'));
    await store.sync();
    await store.projectStatus(notes, status);
    const files = (await readdir(f.specs)).filter((name) => name.endsWith('.status.yaml'));
    expect(files).to.deep.equal(['moved.yaml.status.yaml']);
  });

  it('keeps a decision once while it does not change', async () => {
    const decision = { inputs: { volumes: 'Clean' }, action: { do: 'Nothing' } };
    await store.decision(notes, decision);
    await store.decision(notes, structuredClone(decision));
    await store.stop();
    store = await f.open();
    await store.decision(notes, decision);
    await store.decision(notes, { ...decision, action: { do: 'Seed' } });
    await store.projectStatus(notes, status);
    const lines = await readDecisions({ stateDirectory: f.state, limit: 10 }, notes);
    expect(lines.map(({ action }) => action)).to.deep.equal([{ do: 'Nothing' }, { do: 'Seed' }]);
  });
});
