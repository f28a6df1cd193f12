import { expect } from 'chai';
import { parse } from 'yaml';
import { EXIT } from '../../../lib/cli/environment.ts';
import { CliBench } from './cli-bench.ts';

const KEY = { kind: 'Canonical', name: 'notes' } as const;

describe('T102 ccctl on an edit that was refused', () => {
  let bench: CliBench;
  const write = (recipe: string, suspend: boolean): Promise<string> =>
    bench.write(
      'notes.yaml',
      `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { suspend: ${suspend}, app: { recipe: ${recipe} } }\n`,
    );
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
    expect(out).not.to.contain('by spec.suspend');
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
