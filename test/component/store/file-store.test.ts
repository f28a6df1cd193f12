import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readAll } from '../../../lib/store/reader.ts';
import { canonicalText, eventually, type Fixture, fixture, GRACE_MS } from './store-fixture.ts';

const notes = { kind: 'Canonical', name: 'notes' } as const;

describe('FileStore', () => {
  let f: Fixture;
  beforeEach(async () => {
    f = await fixture();
  });
  afterEach(() => f.close());

  it('registers a spec, remembers it over a restart, and bumps the generation for a changed spec only', async () => {
    await f.write('notes.yaml', canonicalText('notes'));
    const first = await f.open();
    await first.sync();
    const created = first.get(notes)!;
    expect(created).to.include({ generation: 1, validGeneration: 1, source: 'Specs' });
    expect(first.complete()).to.equal(true);
    await first.stop();

    await f.write('notes.yaml', `# a comment\n${canonicalText('notes')}`);
    const second = await f.open();
    await second.sync();
    expect(second.get(notes)).to.include({ uid: created.uid, generation: 1 });
    await f.write('notes.yaml', canonicalText('notes', '  seed: Manual\n'));
    await second.sync();
    expect(second.get(notes)).to.include({ uid: created.uid, generation: 2, validGeneration: 2 });
  });

  it('projects a status beside the spec and for ccctl, once', async () => {
    const path = await f.write('notes.yaml', canonicalText('notes'));
    const store = await f.open();
    await store.sync();
    await store.projectStatus(notes, { conditions: [], observedGeneration: 1 });
    const shown = parse(await readFile(`${path}.status.yaml`, 'utf8'));
    expect(shown.status.observedGeneration).to.equal(1);
    expect(shown.metadata).to.deep.equal({ name: 'notes', uid: store.get(notes)!.uid, generation: 1 });
    await store.stop();
    const view = await readAll({ stateDirectory: f.state });
    expect(view.objects[0]!.status).to.deep.equal({ conditions: [], observedGeneration: 1 });
    expect(view.objects[0]!.object).to.deep.equal(store.get(notes));
  });

  it('starts a deletion after the grace time and a second listing, and removes the record at the end', async () => {
    await f.write('notes.yaml', canonicalText('notes'));
    const store = await f.open();
    await store.sync();
    await f.remove('notes.yaml');
    await store.sync();
    expect(store.get(notes)!.deletion).to.include({ state: 'Missing', requested: false });
    f.clock.skippedMs += GRACE_MS;
    await store.sync();
    expect(store.get(notes)!.deletion!.state).to.equal('Started');
    expect(await store.confirmAbsent(notes)).to.equal(true);
    await store.markDestroying(notes);
    await store.remove(notes);
    expect(store.get(notes)).to.equal(undefined);
  });

  it('journals a request before its file goes', async () => {
    await f.write('notes.yaml', canonicalText('notes'));
    const store = await f.open();
    await store.sync();
    const id = await f.request({ verb: 'suspend', kind: 'Canonical', name: 'notes' });
    await store.sync();
    expect(store.get(notes)!.requests.map((request) => request.id)).to.deep.equal([id]);
    await store.finishRequest(notes, id, { result: 'Done', message: 'suspended' });
    expect(store.get(notes)).to.include({ suspended: true });
    const stored = JSON.parse(await readFile(join(f.state, 'objects/Canonical/notes/object.json'), 'utf8'));
    expect(stored.lastHandledRequest).to.include({ id, verb: 'suspend', result: 'Done' });
  });

  it('notices an edit by itself', async () => {
    const store = await f.open();
    await store.sync();
    await store.start();
    await f.write('notes.yaml', canonicalText('notes'));
    await eventually(() => store.get(notes) !== undefined, 'the object is registered');
    expect(f.changes).to.include('Person Canonical/notes');
  });
});
