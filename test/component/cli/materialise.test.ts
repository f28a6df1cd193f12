import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { canonicalText } from '../store/store-texts.ts';
import { CliBench } from './cli-bench.ts';

const notes = { kind: 'Canonical', name: 'notes' } as const;

describe('ccctl materialise', () => {
  let bench: CliBench;
  let set: string;
  beforeEach(async () => {
    bench = await CliBench.open();
    set = join(bench.root, 'set');
    await mkdir(set);
    await writeFile(join(set, 'canonical-notes.yaml'), canonicalText('notes'));
  });
  afterEach(() => bench.close());

  it('puts a set in force, which the store finds behind the link', async () => {
    const { code, out, err } = await bench.ctl(['materialise', 'set']);
    expect([code, out]).to.deep.equal([0, '']);
    expect(err).to.match(/^1 file, now in force: .*materialised\/nix\/0001-[0-9a-f]{12}\n$/);
    await bench.store.sync();
    expect(bench.store.get(notes)?.path).to.equal(join(bench.specs, 'nix/canonical-notes.yaml'));
    expect((await bench.ctl(['materialise', 'set'])).err).to.contain('unchanged');
  });

  it('leaves an object the one it was where its file is the same in the next set', async () => {
    await bench.ctl(['materialise', 'set']);
    await bench.store.sync();
    await bench.status(notes, ['Ready=True/Ready']);
    const before = bench.store.get(notes);
    const shown = await readFile(join(bench.specs, 'nix/canonical-notes.yaml.status.yaml'), 'utf8');
    await writeFile(join(set, 'canonical-other.yaml'), canonicalText('other'));
    await bench.ctl(['materialise', 'set']);
    expect(await readFile(join(bench.specs, 'nix/canonical-notes.yaml.status.yaml'), 'utf8')).to.equal(shown);
    await bench.store.sync();
    expect(bench.store.get(notes)).to.equal(before);
    expect(bench.store.get({ kind: 'Canonical', name: 'other' })?.generation).to.equal(1);
  });

  it('says what is wrong with its words', async () => {
    const wrong = [
      ['materialise'],
      ['materialise', 'set', 'another'],
      ['materialise', 'set', '--link', '../up'],
      ['materialise', 'set', '--link', 'x.ci'],
      ['materialise', 'set', '--link', 'x.yaml'],
      ['materialise', 'set', '--keep', '0'],
      ['materialise', 'set', '--keep', 'all'],
    ];
    for (const words of wrong) expect((await bench.ctl(words)).code, words.join(' ')).to.equal(2);
    expect((await bench.ctl(['materialise', 'absent'])).code).to.equal(3);
    expect((await bench.ctl(['materialise', 'set', '--link', 'git'])).code).to.equal(0);
    expect(await readlink(join(bench.specs, 'git'))).to.contain('materialised/git/0001-');
  });
});
