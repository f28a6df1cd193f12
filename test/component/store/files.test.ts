import { mkdir, readdir, readFile, rename, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { readAll } from '../../../lib/store/reader.ts';
import { canonicalText, eventually, type Fixture, fixture } from './store-fixture.ts';

const notes = { kind: 'Canonical', name: 'notes' } as const;

describe('spec files', () => {
  let f: Fixture;
  let store: FileStore;
  beforeEach(async () => {
    f = await fixture();
    await f.write('notes.yaml', canonicalText('notes'));
    store = await f.open();
    await store.sync();
  });
  afterEach(() => f.close());

  it('F2 a bad file leaves the last valid spec in force, with a place, and the others alone', async () => {
    const before = store.get(notes)!;
    await f.write('notes.yaml', canonicalText('notes', '  sed: Manual\n'));
    await f.write('other.yaml', canonicalText('other'));
    await store.sync();
    const after = store.get(notes)!;
    expect(after.spec).to.deep.equal(before.spec);
    expect(after).to.include({ generation: 2, validGeneration: 1, digest: before.digest });
    expect(after.rejected!.reason).to.equal('InvalidSpec');
    expect(after.rejected!.problems[0]!.line).to.equal(8);
    expect(store.get({ kind: 'Canonical', name: 'other' })).to.not.equal(undefined);
    await store.sync();
    expect(store.get(notes)!.generation).to.equal(2);
    expect(store.complete()).to.equal(true);
  });

  it('F2 a rejected file stays rejected over a restart and comes into force when it is mended', async () => {
    await f.write('notes.yaml', '\tbroken');
    await store.sync();
    await store.stop();
    store = await f.open();
    await store.sync();
    expect(store.get(notes)).to.include({ generation: 2, validGeneration: 1 });
    await f.write('notes.yaml', canonicalText('notes'));
    await store.sync();
    expect(store.get(notes)).to.include({ generation: 3, validGeneration: 3 });
    expect(store.get(notes)!.rejected).to.equal(undefined);
  });

  it('F2 a file that was never valid gets its own status file, which goes when it is mended or removed', async () => {
    const bad = await f.write('bad.yaml', 'kind: Canonicle\n');
    const worse = await f.write('worse.yaml', '\0');
    await store.sync();
    const accepted = parse(await readFile(`${bad}.status.yaml`, 'utf8')).status.conditions[0];
    expect(accepted).to.include({ type: 'Accepted', status: 'False', reason: 'InvalidSpec' });
    const view = await readAll({ stateDirectory: f.state });
    expect(view.problems.map(({ path }) => path)).to.deep.equal([bad, worse]);
    expect(store.complete()).to.equal(false);
    await unlink(bad);
    await unlink(worse);
    await store.sync();
    expect((await readdir(f.specs)).filter((name) => name.endsWith('.status.yaml'))).to.deep.equal([]);
    expect((await readAll({ stateDirectory: f.state })).problems).to.deep.equal([]);
    expect(store.complete()).to.equal(true);
  });

  it('T58 with two files of one name the remembered path wins, over a restart too', async () => {
    const { uid } = store.get(notes)!;
    const first = await f.write('0-notes.yaml', canonicalText('notes', '  seed: Manual\n'));
    await store.sync();
    await store.stop();
    store = await f.open();
    await store.sync();
    expect(store.get(notes)).to.include({ uid, generation: 1, path: join(f.specs, 'notes.yaml') });
    const accepted = parse(await readFile(`${first}.status.yaml`, 'utf8')).status.conditions[0];
    expect(accepted).to.include({ status: 'False', reason: 'DuplicateName' });
    expect(accepted.message).to.include(join(f.specs, 'notes.yaml')).and.include(first);
    await f.remove('notes.yaml');
    await store.sync();
    expect(store.get(notes)).to.include({ uid, generation: 2, path: first });
  });

  it('F4 files that are none of ours are not looked at', async () => {
    const names = [
      '.hidden.yaml',
      'a.yaml~',
      '#a.yaml#',
      '.#a.yaml',
      'a.yaml.swp',
      '4913',
      'a.tmp',
      'a.yaml.orig',
      'a.yaml.bak',
    ];
    for (const name of [...names, 'a.status.yaml', 'README.md', 'notes.ci/x.yaml', 'off/x.yaml', '.git/x.yaml']) {
      await f.write(name, 'broken: [');
    }
    await f.write('off/.cc-ci-ignore', '');
    await store.sync();
    expect(store.complete()).to.equal(true);
    expect(store.list().map(({ name }) => name)).to.deep.equal(['notes']);
  });

  it('F4 symlinks are followed, the status lies beside the link, and a swap of the target is an edit', async () => {
    const store1 = join(f.root, 'generation-1');
    const store2 = join(f.root, 'generation-2');
    for (const [directory, seed] of [
      [store1, 'Auto'],
      [store2, 'Manual'],
    ] as const) {
      await mkdir(directory);
      await writeFile(join(directory, 'linked.yaml'), canonicalText('linked', `  seed: ${seed}\n`));
    }
    await symlink(store1, join(f.specs, 'generated'));
    await store.sync();
    const key = { kind: 'Canonical', name: 'linked' } as const;
    const { uid } = store.get(key)!;
    expect(store.get(key)!.path).to.equal(join(f.specs, 'generated/linked.yaml'));
    await symlink(store2, join(f.specs, '.swap'));
    await rename(join(f.specs, '.swap'), join(f.specs, 'generated'));
    await store.sync();
    expect(store.get(key)).to.include({ uid, generation: 2 });
    await symlink(f.specs, join(f.specs, 'loop'));
    await store.sync();
    expect(store.complete()).to.equal(true);
  });

  it('T53 a save by rename is an edit, with the same size and time too', async () => {
    const path = join(f.specs, 'notes.yaml');
    await f.write('notes.yaml', canonicalText('notes', '  suspend: true \n'));
    await store.sync();
    await writeFile(join(f.specs, '.new'), canonicalText('notes', '  suspend: false\n'));
    const old = new Date(Date.now() - 60_000);
    await utimes(path, old, old);
    await store.sync();
    await utimes(join(f.specs, '.new'), old, old);
    await rename(join(f.specs, '.new'), path);
    await store.sync();
    expect(store.get(notes)!.spec).to.include({ suspend: false });
  });

  it('T52 a file that is written bit by bit is taken over when it is whole, never as absent', async () => {
    await store.start();
    const text = canonicalText('notes', '  seed: Manual\n');
    const path = join(f.specs, 'notes.yaml');
    for (let length = 0; length <= text.length; length += 10) {
      await writeFile(path, text.slice(0, length));
      await f.clock.sleep(3);
      expect(store.get(notes)!.deletion).to.equal(undefined);
    }
    await writeFile(path, text);
    await eventually(() => (store.get(notes)!.spec as { seed: string }).seed === 'Manual', 'the edit arrives');
  });

  it('F4 odd bytes and sizes have a clear outcome each', async () => {
    const odd: Record<string, string | Uint8Array> = {
      'empty.yaml': '',
      'latin1.yaml': Uint8Array.from([0x61, 0x3a, 0xe9]),
      'huge.yaml': `a: ${'x'.repeat(10 * 1024 * 1024)}`,
      'bomb.yaml': `a: &a [x]\n${[...'bcdefgh'].map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(50)}]`).join('\n')}`,
      'two.yaml': `${canonicalText('one')}---\n${canonicalText('two')}`,
    };
    for (const [name, text] of Object.entries(odd)) await writeFile(join(f.specs, name), text);
    await store.sync();
    const { problems } = await readAll({ stateDirectory: f.state });
    expect(problems.map(({ path }) => path)).to.have.members(Object.keys(odd).map((name) => join(f.specs, name)));
    expect(problems.every((problem) => problem.problems[0]!.line >= 1)).to.equal(true);
  });

  it('a rename inside the file is a deletion and a new object', async () => {
    await f.write('notes.yaml', canonicalText('letters'));
    await store.sync();
    expect(store.get(notes)!.deletion!.state).to.equal('Missing');
    const letters = store.get({ kind: 'Canonical', name: 'letters' })!;
    expect(letters.path).to.equal(join(f.specs, 'notes.yaml'));
    await f.write('notes.yaml', 'broken: [');
    await store.sync();
    expect(store.get(notes)!.deletion!.state).to.equal('Missing');
    expect(store.get({ kind: 'Canonical', name: 'letters' })!.rejected!.reason).to.equal('InvalidSpec');
  });
});
