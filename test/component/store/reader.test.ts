import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { readAll, readOne } from '../../../lib/store/reader.ts';
import { canonicalText, type Fixture, fixture } from './store-fixture.ts';

describe('reading without the controller', () => {
  let f: Fixture;
  let store: FileStore;
  const key = (name: string) => ({ kind: 'Canonical', name }) as const;
  beforeEach(async () => {
    f = await fixture();
    for (const name of ['b', 'a']) await f.write(`${name}.yaml`, canonicalText(name));
    store = await f.open();
    await store.sync();
    await store.projectStatus(key('a'), { observedGeneration: 1 });
  });
  afterEach(() => f.close());
  const view = () => readAll({ stateDirectory: f.state });

  it('F6 sees the same with a fresh index, a stale one, a broken one and none', async () => {
    await store.flushIndex();
    const fresh = await view();
    expect(fresh.objects.map(({ object, status }) => [object.name, status?.observedGeneration])).to.deep.equal([
      ['a', 1],
      ['b', undefined],
    ]);
    const index = join(f.state, 'index.json');
    const text = await readFile(index, 'utf8');
    for (const other of ['', '{"format":2}', '[]', text.slice(0, 100)]) {
      await writeFile(index, other);
      expect(await view()).to.deep.equal(fresh);
    }
    await unlink(index);
    expect(await view()).to.deep.equal(fresh);
  });

  it('does not trust an index that is older than an object or its status', async () => {
    await store.flushIndex();
    const index = await readFile(join(f.state, 'index.json'));
    await f.write('b.yaml', canonicalText('b', '  seed: Manual\n'));
    await f.write('c.yaml', canonicalText('c'));
    await store.sync();
    await store.projectStatus(key('a'), { observedGeneration: 7 });
    await store.projectStatus(key('b'), { observedGeneration: 2 });
    await store.flushIndex();
    await writeFile(join(f.state, 'index.json'), index);
    const { objects } = await view();
    expect(
      objects.map(({ object, status }) => [object.name, object.generation, status?.observedGeneration]),
    ).to.deep.equal([
      ['a', 1, 7],
      ['b', 2, 2],
      ['c', 1, undefined],
    ]);
  });

  it('the index of a second start knows the status of the first', async () => {
    await store.stop();
    store = await f.open();
    await store.sync();
    await store.flushIndex();
    expect((await view()).objects[0]!.status).to.deep.equal({ observedGeneration: 1 });
  });

  it('a directory that is no state directory is an error, never an empty list', async () => {
    for (const stateDirectory of [join(f.root, 'nowhere'), f.specs]) {
      const error = await readAll({ stateDirectory }).catch((caught: unknown) => caught);
      expect(hasCode(error, 'NotFound')).to.equal(true);
    }
  });

  it('T65 a damaged record is reported and never made anew; the others are served', async () => {
    const { uid } = store.get(key('b'))!;
    await store.stop();
    const path = join(f.state, 'objects/Canonical/a/object.json');
    await writeFile(path, '{"kind":');
    store = await f.open();
    await store.sync();
    expect(store.get(key('a'))).to.equal(undefined);
    expect(store.get(key('b'))!.uid).to.equal(uid);
    expect(store.complete()).to.equal(false);
    expect((await view()).problems.map((problem) => [problem.path, problem.reason])).to.deep.equal([
      [path, 'DamagedRecord'],
    ]);
    expect(await readFile(path, 'utf8')).to.equal('{"kind":');
    expect(await readOne({ stateDirectory: f.state }, key('a'))).to.equal(undefined);
  });
});
