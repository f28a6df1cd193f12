import { readdirSync, rmSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CliBench } from './cli-bench.ts';

const NOTES =
  'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { app: { recipe: notes } } # mine\n';

describe('ccctl edit', () => {
  let bench: CliBench;
  let path: string;
  const copies = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('ccctl-edit-'));

  let before: string[];

  beforeEach(async () => {
    before = copies();
    bench = await CliBench.open();
    path = await bench.write('team/n.yaml', NOTES);
    await bench.store.sync();
  });
  afterEach(async () => {
    for (const name of copies().filter((one) => !before.includes(one)))
      rmSync(join(tmpdir(), name), { recursive: true });
    await bench.close();
  });

  const edit = (change: (text: string) => string, code = 0) =>
    bench.ctl(['edit', 'can/notes'], {
      openEditor: async (copy) => {
        await writeFile(copy, change(await readFile(copy, 'utf8')));
        return code;
      },
    });

  it('puts what was written in the place of the file, and leaves no copy', async () => {
    const { code, out } = await edit((text) => text.replace('mine', 'new'));
    expect([code, out]).to.deep.equal([0, 'canonical/notes edited\n']);
    expect(await readFile(path, 'utf8')).to.include('# new');
    expect(copies()).to.deep.equal(before);
  });
  it('an edit of nothing is said, and a link stays one', async () => {
    await symlink(path, join(bench.specs, 'a.yaml'));
    expect((await edit((text) => text)).out).to.equal('canonical/notes unchanged\n');
    expect(await readFile(path, 'utf8')).to.equal(NOTES);
  });
  for (const [what, change, code] of [
    ['is not valid', (text: string) => text.replace('recipe:', 'recpie:'), 1],
    ['names another object', (text: string) => text.replace('name: notes', 'name: other'), 1],
  ] as const)
    it(`${code} for what ${what}: the file stays, what was written is kept and named`, async () => {
      const result = await edit(change);
      expect(result.code).to.equal(code);
      expect(await readFile(path, 'utf8')).to.equal(NOTES);
      const kept = /what you wrote is in (\S+)/.exec(result.err)?.[1] ?? '';
      expect(await readFile(kept, 'utf8')).to.equal(change(NOTES));
    });
  it('1 where the editor fails, and where another edited the file meanwhile', async () => {
    expect((await edit((text) => text.replace('mine', 'x'), 3)).code).to.equal(1);
    const { code, err } = await bench.ctl(['edit', 'can/notes'], {
      openEditor: async (copy) => {
        await writeFile(copy, NOTES.replace('mine', 'new'));
        await writeFile(path, NOTES.replace('mine', 'theirs'));
        return 0;
      },
    });
    expect(code).to.equal(1);
    expect(err).to.include('edited meanwhile');
    expect(await readFile(path, 'utf8')).to.include('theirs');
  });
  it('3 for what has no file, 2 without an editor', async () => {
    const openEditor = () => Promise.reject(new Error('never'));
    expect((await bench.ctl(['edit', 'can/none'], { openEditor })).code).to.equal(3);
    expect((await bench.ctl(['edit', 'can/notes'])).code).to.equal(2);
  });
});

describe('ccctl diff -f', () => {
  let bench: CliBench;
  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.write('n.yaml', NOTES);
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  const diff = (stdin: string) => bench.ctl(['diff', '-f', '-'], { stdin });

  it('0 where nothing differs: comments, order, and defaults that are written out do not count', async () => {
    const same = NOTES.replace('# mine', '').replace('recipe: notes }', 'recipe: notes, healthPasses: 2 }');
    expect(await diff(same)).to.deep.include({ code: 0, out: '' });
  });
  it('1, and each field as it is and as it would be', async () => {
    const { code, out } = await diff(
      NOTES.replace('{ name: notes }', '{ name: notes, labels: { team: a } }').replace(
        'recipe: notes }',
        'recipe: notes, env: { A: "1" }, healthPasses: 3 }',
      ),
    );
    expect(code).to.equal(1);
    expect(out.trimEnd().split('\n').toSorted()).to.deep.equal(
      [
        'canonical/notes:',
        '  + metadata.labels.team: "a"',
        '  + spec.app.env.A: "1"',
        '  + spec.app.healthPasses: 3',
        '  - spec.app.healthPasses: 2',
      ].toSorted(),
    );
  });
  it('1 for an object that is new; the passwords of a source are not shown', async () => {
    const source = NOTES.replace('name: notes', 'name: other').replace(
      'recipe: notes }',
      'recipe: notes, source: "https://me:geheim@git.example.org/x.git" }',
    );
    const { code, out } = await diff(`${NOTES}---\n${source}`);
    expect(code).to.equal(1);
    expect(out).to.include('canonical/other (new):').and.not.include('geheim').and.not.include('canonical/notes');
  });
  it('compares with what is in force, not with an edit that was refused', async () => {
    await bench.write('n.yaml', NOTES.replace('recipe:', 'recpie:'));
    await bench.store.sync();
    expect((await diff(NOTES)).code).to.equal(0);
  });
  it('1 for a bad file, 2 for words beside it', async () => {
    expect((await diff('nonsense')).code).to.equal(1);
    expect((await bench.ctl(['diff', 'ws/x', '-f', '-'], { stdin: NOTES })).code).to.equal(2);
  });
});
