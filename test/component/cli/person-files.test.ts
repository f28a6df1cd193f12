import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { exists } from '../../../lib/fs/exists.ts';
import { CliBench } from './cli-bench.ts';

const canonical = (name: string, more = ''): string =>
  `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: ${name} }\nspec: { app: { recipe: ${name} } }\n${more}`;

describe('T101 files of a person, seen by ccctl', () => {
  let bench: CliBench;
  let path: string;

  beforeEach(async () => {
    bench = await CliBench.open();
    path = await bench.write('team.yaml', canonical('old'));
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  const text = () => readFile(path, 'utf8');
  const requests = async () => (await readdir(join(bench.state, 'requests'))).filter((name) => name.endsWith('.json'));

  it('delete leaves a file that now holds another object, and the object that is there stays', async () => {
    await writeFile(path, canonical('new'));
    await bench.store.sync();
    expect((await bench.ctl(['delete', 'can/old'])).code).to.equal(0);
    expect(await text()).to.equal(canonical('new'));
    await bench.destroy({ kind: 'Canonical', name: 'old' });
    await bench.store.sync();
    expect(bench.store.get({ kind: 'Canonical', name: 'old' })).to.equal(undefined);
    expect(bench.store.get({ kind: 'Canonical', name: 'new' })?.deletion).to.equal(undefined);
  });

  it('delete leaves such a file also before the controller has seen the edit', async () => {
    await writeFile(path, canonical('new'));
    expect((await bench.ctl(['delete', 'can/old'])).code).to.equal(0);
    expect(await text()).to.equal(canonical('new'));
    expect(await requests()).to.have.length(1);
  });

  it('delete removes the file that the object was moved to', async () => {
    const moved = join(bench.specs, 'moved.yaml');
    await rename(path, moved);
    await writeFile(path, canonical('new'));
    expect((await bench.ctl(['delete', 'can/old'])).code).to.equal(0);
    expect([await exists(moved), await text()]).to.deep.equal([false, canonical('new')]);
  });

  it('delete leaves a file that says nothing that can be read, and asks for nothing', async () => {
    await writeFile(path, '{ half an edi');
    const { code, err } = await bench.ctl(['delete', 'can/old']);
    expect([code, await text(), await requests()]).to.deep.equal([1, '{ half an edi', []]);
    expect(err).to.include(path);
  });

  it('delete of several removes none where one file cannot be told', async () => {
    const other = await bench.write('other.yaml', canonical('other'));
    await bench.store.sync();
    await writeFile(path, '{ half an edi');
    expect((await bench.ctl(['delete', 'can/other', 'can/old'])).code).to.equal(1);
    expect(await exists(other)).to.equal(true);
  });

  it('delete removes an object whose spec is broken but names itself', async () => {
    await writeFile(path, canonical('old').replace('recipe:', 'recpie:'));
    expect((await bench.ctl(['delete', 'can/old'])).code).to.equal(0);
    expect(await exists(path)).to.equal(false);
  });

  it('apply leaves a file that now holds another object and writes one of its own', async () => {
    await writeFile(path, canonical('new'));
    expect((await bench.ctl(['apply', '-f', '-'], { stdin: canonical('old', '# mine\n') })).code).to.equal(0);
    expect(await text()).to.equal(canonical('new'));
    expect(await readFile(join(bench.specs, 'canonical-old.yaml'), 'utf8')).to.include('# mine');
  });

  it('apply does not write over a file of the default name that holds another object', async () => {
    const taken = await bench.write('canonical-fresh.yaml', canonical('someone'));
    const { code, err } = await bench.ctl(['apply', '-f', '-'], { stdin: canonical('fresh') });
    expect(code).to.equal(1);
    expect(err).to.include(taken);
    expect(await readFile(taken, 'utf8')).to.equal(canonical('someone'));
  });

  it('apply of two texts for one object writes none', async () => {
    const files = [join(bench.root, 'a.yaml'), join(bench.root, 'b.yaml')];
    for (const [index, file] of files.entries()) await writeFile(file, canonical('old', `# ${index}\n`));
    expect((await bench.ctl(['apply', '-f', files[0]!, '-f', files[1]!])).code).to.equal(2);
    expect(await text()).to.equal(canonical('old'));
  });

  it('leaves nothing of its own in the spec directory', async () => {
    await bench.ctl(['apply', '-f', '-'], { stdin: canonical('old', '# next\n') });
    await bench.ctl(['delete', 'can/old']);
    const left = (await readdir(bench.specs)).filter((name) => name !== '.cc-ci-instance');
    expect(left).to.deep.equal([]);
  });
});
