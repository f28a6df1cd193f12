import { readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { KINDS } from '../../../lib/api/kinds.ts';
import { rowsOf } from '../../../lib/columns/kind-rows.ts';
import { hasCode } from '../../../lib/errors.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { readAll, readOne, readRows } from '../../../lib/store/reader.ts';
import { loseRecord, putInsteadOf } from '../../rig/record-places.ts';
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
  /** Name and lease. */
  const rows = (names: 'List' | 'Directories') =>
    readRows({ stateDirectory: f.state, build: undefined, kinds: KINDS, names })
      ?.tables.flatMap(rowsOf)
      .map(({ name, cells }) => [name, cells.at(-1)]);

  it('F6 sees the same with a fresh index, a stale one, a broken one and none', async () => {
    await store.stop();
    const fresh = await view();
    expect(fresh.objects.map(({ object, status }) => [object.name, status?.observedGeneration])).to.deep.equal([
      ['a', 1],
      ['b', undefined],
    ]);
    const index = join(f.state, 'index.jsonl');
    const text = await readFile(index, 'utf8');
    for (const other of [
      '',
      '{"format":1}',
      '[]',
      text.slice(0, 100),
      text.slice(0, -100),
      text.replace('"number":2', '"number":3'),
    ]) {
      await writeFile(index, other);
      expect(await view()).to.deep.equal(fresh);
    }
    await unlink(index);
    expect(await view()).to.deep.equal(fresh);
  });

  it('T88 an object with a password in its source is in no index, and listed all the same', async () => {
    await f.write('c.yaml', canonicalText('c', '    source: https://bot:TAIL-end@example.org/c\n'));
    await store.sync();
    await store.stop();
    expect(await readFile(join(f.state, 'index.jsonl'), 'utf8')).not.to.contain('TAIL-end');
    for (const index of ['Checked', 'Trusted'] as const) {
      const { objects } = await readAll({ stateDirectory: f.state, index });
      expect(objects.map(({ object }) => object.name)).to.deep.equal(['a', 'b', 'c']);
    }
  });

  it('trusts an index where it is told to, but for names that are not in it', async () => {
    await store.stop();
    const index = await readFile(join(f.state, 'index.jsonl'));
    await f.write('c.yaml', canonicalText('c'));
    await store.sync();
    await store.projectStatus(key('a'), { observedGeneration: 7 });
    await store.stop();
    await writeFile(join(f.state, 'index.jsonl'), index);
    const { objects } = await readAll({ stateDirectory: f.state, index: 'Trusted' });
    expect(objects.map(({ object, status }) => [object.name, status?.observedGeneration])).to.deep.equal([
      ['a', 1],
      ['b', undefined],
      ['c', undefined],
    ]);
  });

  it('lists rows of all objects, without a look at any but those whose status it does not know', async () => {
    await f.write('c.yaml', canonicalText('c', '    source: https://bot:TAIL-end@example.org/c\n'));
    await store.sync();
    await store.projectStatus(key('c'), { observedGeneration: 1, lease: { run: 'x' } });
    await store.stop();
    const path = join(f.state, 'list.jsonl');
    const text = await readFile(path, 'utf8');
    expect(text).to.not.contain('TAIL-end');
    for (const name of ['a', 'c']) await writeFile(join(f.state, `objects/Canonical/${name}/object.json`), '{}');
    expect(rows('List')).to.deep.equal([
      ['a', '-'],
      ['b', '-'],
      ['c', 'x'],
    ]);
    const cut = text.slice(0, -20);
    for (const other of [
      '',
      '[]',
      text.slice(0, 100),
      cut,
      `${cut}${'\0'.repeat(20)}`,
      text.replace('"count":', '"count":1'),
    ]) {
      await writeFile(path, other);
      expect(rows('List')).to.equal(undefined);
    }
    await unlink(path);
    expect(rows('List')).to.equal(undefined);
  });

  it('names of a list are those of the records, where that is asked for', async () => {
    await store.projectStatus(key('b'), { observedGeneration: 1 });
    await store.stop();
    const list = await readFile(join(f.state, 'list.jsonl'));
    store = await f.open();
    await f.write('c.yaml', canonicalText('c'));
    await store.sync();
    await store.stop();
    loseRecord(f.state, 'objects/Canonical/a');
    await writeFile(join(f.state, 'list.jsonl'), list);
    const names = (from: 'List' | 'Directories') => rows(from)?.map(([name]) => name);
    expect([names('List'), names('Directories')]).to.deep.equal([
      ['a', 'b'],
      ['b', 'c'],
    ]);
  });

  it('does not trust an index that is older than an object or its status', async () => {
    await store.stop();
    const index = await readFile(join(f.state, 'index.jsonl'));
    await f.write('b.yaml', canonicalText('b', '  seed: Manual\n'));
    await f.write('c.yaml', canonicalText('c'));
    await store.sync();
    await store.projectStatus(key('a'), { observedGeneration: 7 });
    await store.projectStatus(key('b'), { observedGeneration: 2 });
    await store.stop();
    await writeFile(join(f.state, 'index.jsonl'), index);
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
    await store.stop();
    expect((await view()).objects[0]!.status).to.deep.equal({ observedGeneration: 1 });
    const trusted = await readAll({ stateDirectory: f.state, index: 'Trusted' });
    expect(trusted.objects[0]!.status).to.deep.equal({ observedGeneration: 1 });
  });

  it('a directory that is no state directory is an error, never an empty list', async () => {
    for (const stateDirectory of [join(f.root, 'nowhere'), f.specs]) {
      const error = await readAll({ stateDirectory }).catch((caught: unknown) => caught);
      expect(hasCode(error, 'NotFound')).to.equal(true);
    }
  });

  it('T65 a damaged record is reported and never made anew; the others are served', async () => {
    const { uid } = store.get(key('b'))!;
    const before = store.get(key('a'))!.uid;
    await store.stop();
    const path = join(f.state, 'objects/Canonical/a/object.json');
    const text = await readFile(path, 'utf8');
    putInsteadOf(f.state, 'objects/Canonical/a/object.json', '{"kind":');
    store = await f.open();
    await store.sync();
    expect(store.get(key('a'))).to.equal(undefined);
    expect(store.isDamaged(key('a'))).to.equal(true);
    expect(store.get(key('b'))!.uid).to.equal(uid);
    expect(store.complete()).to.equal(false);
    expect((await view()).problems.map((problem) => [problem.path, problem.reason])).to.deep.equal([
      [path, 'DamagedRecord'],
    ]);
    expect(await readFile(path, 'utf8')).to.equal('{"kind":');
    expect(await readOne({ stateDirectory: f.state }, key('a'))).to.equal(undefined);
    await writeFile(path, text);
    await store.sync();
    expect(store.get(key('a'))!.uid).to.equal(before);
    expect(store.complete()).to.equal(true);
  });

  for (const [what, damage] of [
    ['lost', (path: string) => rm(path)],
    ['lost with its directory', (path: string) => rm(dirname(path), { recursive: true })],
    ['lost with all of them', (path: string) => rm(dirname(dirname(dirname(path))), { recursive: true })],
    ['empty', (path: string) => writeFile(path, '')],
    ['garbled', (path: string) => writeFile(path, '\u0000{"kind":')],
  ] as const) {
    it(`T84 a record that is ${what} is repaired: the object stays the one it was`, async () => {
      const { uid } = store.get(key('a'))!;
      await store.writeJournal(key('a'), { step: 'Ended' });
      await store.stop();
      await damage(join(f.state, 'objects/Canonical/a/object.json'));
      expect((await readOne({ stateDirectory: f.state }, key('a')))?.object.uid).to.equal(uid);
      store = await f.open();
      await store.sync();
      expect(store.get(key('a'))!.uid).to.equal(uid);
      expect(await store.readJournal(key('a'))).to.deep.equal({ step: 'Ended' });
      expect(store.complete()).to.equal(true);
    });
  }

  it('T84 an object whose record is lost at both places is not made anew beside what it claimed', async () => {
    const { uid } = store.get(key('a'))!;
    await store.claims.claim({ domain: 'a.example.org', kind: 'Canonical', name: 'a', uid, attempt: 0 });
    await store.stop();
    loseRecord(f.state, 'objects/Canonical/a');
    store = await f.open();
    await store.sync();
    expect(store.isDamaged(key('a'))).to.equal(true);
    expect(store.get(key('a'))).to.equal(undefined);
    expect(store.get(key('b'))).not.to.equal(undefined);
    await store.claims.release('a.example.org', uid);
    await store.sync();
    expect(store.get(key('a'))!.uid).not.to.equal(uid);
  });

  it('T84 a journal that cannot be read is an error of that object, and says what to do', async () => {
    await store.writeJournal(key('a'), { step: 'Ended' });
    await store.stop();
    putInsteadOf(f.state, 'objects/Canonical/a/journal.json', '');
    store = await f.open();
    await store.sync();
    const error = await store.readJournal(key('a')).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(DamagedRecord);
    expect((error as DamagedRecord).remedy).to.contain('journal.json');
    expect(await store.readJournal(key('b'))).to.equal(undefined);
  });
});
