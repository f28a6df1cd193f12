import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { EXIT } from '../../../lib/cli/environment.ts';
import { CliBench } from './cli-bench.ts';

const KEY = { kind: 'Canonical', name: 'notes' } as const;

describe('T102 ccctl on an edit that was refused', () => {
  let bench: CliBench;
  const text = (recipe: string, suspend: boolean): string =>
    `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { suspend: ${suspend}, app: { recipe: ${recipe} } }\n`;
  const write = (recipe: string, suspend: boolean): Promise<string> => bench.write('notes.yaml', text(recipe, suspend));
  const object = () => bench.store.get(KEY)!;

  before(async () => {
    bench = await CliBench.open();
    await write('notes', false);
    await bench.store.sync();
    await bench.store.accept(object());
    await write('hello', true);
    await bench.store.sync();
    await bench.store.refuse(object(), { reason: 'ImmutableField', message: 'the recipe cannot change' });
    await bench.status(KEY, ['Accepted=False/ImmutableField', 'Ready=True/KnownGood'], { observedGeneration: 1 });
  });

  after(() => bench.close());

  it('get shows what is in force, and that the file is not', async () => {
    const { out } = await bench.ctl(['get', 'canonical/notes', '-o', 'yaml']);
    const shown = parse(out) as { spec: { app: { recipe: string } }; metadata: { generation: number } };
    expect(shown.spec.app.recipe).to.equal('notes');
    expect(shown.metadata.generation).to.equal(2);
    expect((await bench.ctl(['get', 'canonicals'])).out).to.contain('ImmutableField');
    expect((await bench.ctl(['get', 'canonicals', '-o', 'wide'])).out).to.contain('the recipe cannot change');
  });

  it('describe shows what was refused and why, and not that the object is suspended', async () => {
    const { out } = await bench.ctl(['describe', 'canonical/notes']);
    expect(out).to.contain('Not in force (ImmutableField)').and.to.contain('the recipe cannot change');
    expect(out).to.match(/Generation:\s+2 \(observed: 1\)/);
    expect(out).to.contain('spec.app.recipe: notes is in force, hello was refused');
    expect(out).not.to.contain('by spec.suspend');
    expect(out).to.match(/SpecRefused +generation 2 of .* is not in force \(ImmutableField\)/);
    expect(out).not.to.match(/generation 2 of \S+ is in force/);
  });

  it('apply refuses it and leaves the file alone', async () => {
    const path = join(bench.specs, 'notes.yaml');
    const before = await readFile(path, 'utf8');
    const stdin = text('other', false);
    const { code, out, err } = await bench.ctl(['apply', '-f', '-'], { stdin });
    expect([code, out]).to.deep.equal([EXIT.Stalled, '']);
    expect(err).to.contain('ImmutableField').and.to.contain('from notes to other');
    expect(await readFile(path, 'utf8')).to.equal(before);
    expect((await bench.ctl(['apply', '-f', '-'], { stdin: text('notes', true) })).out).to.contain('configured');
    await write('hello', true);
  });

  it('edit refuses it as well, and keeps what was written', async () => {
    const path = join(bench.specs, 'notes.yaml');
    await write('notes', false);
    const openEditor = async (copy: string): Promise<number> => {
      await writeFile(copy, text('other', false));
      return 0;
    };
    const { code, err } = await bench.ctl(['edit', 'can/notes'], { openEditor });
    expect(code).to.equal(EXIT.Stalled);
    expect(err).to.contain('ImmutableField');
    const copy = /what you wrote is in (\S+)/.exec(err)?.[1] ?? '';
    expect(await readFile(copy, 'utf8')).to.equal(text('other', false));
    await rm(dirname(copy), { recursive: true });
    expect(await readFile(path, 'utf8')).to.equal(text('notes', false));
    await write('hello', true);
  });

  it('apply refuses another domain, and leaves a default to the controller', async () => {
    await bench.status(KEY, ['Accepted=False/ImmutableField', 'Ready=True/KnownGood'], {
      ...{ observedGeneration: 1, domain: 'warm-canon-notes.ci.localhost' },
    });
    const stdin = (domain: string): string => text('notes', false).replace('recipe: notes', `recipe: notes${domain}`);
    const refused = await bench.ctl(['apply', '-f', '-', '--dry-run'], { stdin: stdin(', domain: x.example.org') });
    expect(refused.code).to.equal(EXIT.Stalled);
    expect(refused.err).to.contain('spec.app.domain cannot change from warm-canon-notes.ci.localhost');
    for (const domain of ['', ', domain: warm-canon-notes.ci.localhost'])
      expect((await bench.ctl(['apply', '-f', '-', '--dry-run'], { stdin: stdin(domain) })).code).to.equal(EXIT.Ok);
  });

  it('apply refuses a second Canonical of the recipe', async () => {
    const stdin = text('notes', false).replace('name: notes', 'name: twin');
    const { code, err } = await bench.ctl(['apply', '-f', '-'], { stdin });
    expect(code).to.equal(EXIT.Stalled);
    expect(err).to.contain('DuplicateRecipe').and.to.contain('canonical/notes');
  });

  it('wait ends at once', async () => {
    const { code } = await bench.ctl(['wait', 'canonical/notes', '--for', 'condition=Ready', '--timeout', '5s']);
    expect(code).to.equal(EXIT.Stalled);
  });

  it('wait for the refusal is met by it', async () => {
    const { code } = await bench.ctl([
      'wait',
      'canonical/notes',
      '--for',
      'condition=Accepted=False',
      '--timeout',
      '5s',
    ]);
    expect(code).to.equal(EXIT.Ok);
  });

  it('wait does not take the refusal of an older file for one of the file as it is now', async () => {
    await write('notes', true);
    const { code } = await bench.ctl(['wait', 'canonical/notes', '--for', 'condition=Ready', '--timeout', '1s']);
    expect(code).not.to.equal(EXIT.Stalled);
  });
});

describe('T102 ccctl on a finished Run whose file was edited', () => {
  const RUN = { kind: 'Run', name: 'x' } as const;
  let bench: CliBench;

  before(async () => {
    bench = await CliBench.open();
    await bench.run('x', 'recipe: notes, ref: main');
    await bench.store.sync();
    await bench.store.accept(bench.store.get(RUN)!);
    await bench.status(RUN, ['Accepted=True/Valid', 'Succeeded=False/Failed/a test failed']);
    await bench.run('x', 'recipe: notes, ref: other');
    await bench.store.sync();
    await bench.store.refuse(bench.store.get(RUN)!, { reason: 'ImmutableField', message: 'one Run tests one commit.' });
    await bench.status(RUN, ['Accepted=False/ImmutableField', 'Succeeded=False/Failed/a test failed'], {
      observedGeneration: 1,
    });
  });

  after(() => bench.close());

  it('shows the verdict, and what was tested', async () => {
    expect((await bench.ctl(['get', 'runs'])).out).to.match(/x +False +Failed/);
    const { out } = await bench.ctl(['describe', 'run/x']);
    expect(out)
      .to.match(/Ref: +main/)
      .and.to.contain('spec.ref: main is in force, other was refused');
  });

  it('wait ends with the verdict', async () => {
    const { code, err } = await bench.ctl(['wait', 'run/x', '--for', 'condition=Succeeded', '--timeout', '5s']);
    expect(code).to.equal(EXIT.Failed);
    expect(err).to.contain('a test failed');
  });

  it('apply refuses another edit, and takes one of what may change', async () => {
    const edit = (spec: string): string =>
      `apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: x }\nspec: { recipe: notes, ${spec} }\n`;
    const refused = await bench.ctl(['apply', '-f', '-'], { stdin: edit('ref: third') });
    expect(refused.code).to.equal(EXIT.Stalled);
    expect(refused.err).to.contain('spec.ref');
    const { out } = await bench.ctl(['apply', '-f', '-'], { stdin: edit('ref: main, ttlAfterFinished: 1h') });
    expect(out).to.equal('run/x configured\n');
  });
});
