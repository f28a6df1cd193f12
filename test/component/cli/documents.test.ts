import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CliBench } from './cli-bench.ts';

const document = (name: string, recipe = 'notes'): string =>
  `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: ${name} }\nspec: { app: { recipe: ${recipe} } } # of ${name}\n`;

describe('ccctl with several documents', () => {
  let bench: CliBench;
  beforeEach(async () => {
    bench = await CliBench.open();
  });
  afterEach(() => bench.close());

  const apply = (stdin: string) => bench.ctl(['apply', '-f', '-'], { stdin });
  const files = async (): Promise<string[]> => (await readdir(bench.specs)).filter((name) => name.endsWith('.yaml'));

  for (const [what, text] of [
    ['between them', `${document('a')}---\n${document('b')}`],
    ['before each, a comment behind one', `---\n${document('a')}--- # the second\n${document('b')}`],
    ['with nothing between some', `---\n---\n${document('a')}---\n# nothing\n---\n${document('b')}---\n`],
    ['with line ends of Windows', `${document('a')}---\n${document('b')}`.replaceAll('\n', '\r\n')],
    ['with ends of documents', `${document('a')}...\n---\n${document('b')}...\n`],
  ] as const)
    it(`apply writes each to a file of its own, marks ${what}`, async () => {
      const { code, out } = await apply(text);
      expect([code, out]).to.deep.equal([0, 'canonical/a created\ncanonical/b created\n']);
      expect(await files()).to.deep.equal(['canonical-a.yaml', 'canonical-b.yaml']);
      for (const name of ['a', 'b']) {
        const written = await readFile(join(bench.specs, `canonical-${name}.yaml`), 'utf8');
        expect(parse(written).metadata.name).to.equal(name);
        expect(written).to.include(`# of ${name}`);
      }
      expect((await apply(text)).out).to.equal('canonical/a unchanged\ncanonical/b unchanged\n');
    });

  it('a fault is told by its line in the whole, and nothing is written', async () => {
    const { code, err } = await apply(`${document('a')}---\n# c\n${document('b').replace('recipe:', 'recpie:')}`);
    expect(code).to.equal(1);
    expect(err).to.include('<stdin>:10:');
    expect(await files()).to.deep.equal([]);
  });

  const indented = (text: string): string => text.trimEnd().replaceAll('\n', '\n    ');
  const list = (...documents: string[]): string =>
    ['apiVersion: v1', 'kind: List', 'items:', ...documents.map((one) => `  - ${indented(one)}`), ''].join('\n');

  it('apply takes the items of a List, each with its comments', async () => {
    const { code, out } = await apply(list(document('a'), document('b')));
    expect([code, out]).to.deep.equal([0, 'canonical/a created\ncanonical/b created\n']);
    for (const name of ['a', 'b'])
      expect(await readFile(join(bench.specs, `canonical-${name}.yaml`), 'utf8')).to.equal(document(name));
  });

  for (const form of ['yaml', 'json'] as const)
    it(`what get -o ${form} prints of several changes nothing; an edit in it comes into its file alone`, async () => {
      await apply(`${document('a')}---\n${document('b')}`);
      await bench.store.sync();
      const { out: printed } = await bench.ctl(['get', 'can', '-o', form]);
      expect((await apply(printed)).out).to.equal('canonical/a unchanged\ncanonical/b unchanged\n');
      const edited = printed.replace(/("?)seed\1: ("?)Auto\2/, '$1seed$1: $2Manual$2');
      expect((await apply(edited)).out).to.equal('canonical/a configured\ncanonical/b unchanged\n');
      expect(await readFile(join(bench.specs, 'canonical-a.yaml'), 'utf8'))
        .to.include('Manual')
        .and.include('# of a');
    });

  it('a fault in a List is told by its line, and nothing is written; an empty one says so', async () => {
    const broken = document('b').replace('recipe:', 'recpie:');
    const { code, err } = await apply(list(document('a'), broken));
    expect([code, await files()]).to.deep.equal([1, []]);
    expect(err).to.match(/<stdin>:11:/);
    expect((await apply('{ kind: List, items: [] }')).err).to.include('nothing to apply');
  });

  it('one object twice is refused', async () => {
    expect((await apply(`${document('a')}---\n${document('a', 'other')}`)).code).to.equal(2);
    expect(await files()).to.deep.equal([]);
  });

  it('a text that holds such a mark, indented, is one document', async () => {
    const text = `${document('a')}# no: ---\n`.replace('{ name: a }', '{ name: a, annotations: { x: "---" } }');
    expect((await apply(text)).code).to.equal(0);
    expect(await readFile(join(bench.specs, 'canonical-a.yaml'), 'utf8')).to.equal(text);
  });

  it('delete -f takes them all', async () => {
    const path = join(bench.root, 'both.yaml');
    await bench.write('../both.yaml', `${document('a')}---\n${document('b')}`);
    await bench.ctl(['apply', '-f', path]);
    await bench.store.sync();
    expect((await bench.ctl(['delete', '-f', path])).out).to.equal('canonical/a deleted\ncanonical/b deleted\n');
    expect(await files()).to.deep.equal([]);
  });
});

describe('ccctl events and explain, for programs', () => {
  let bench: CliBench;
  const key = { kind: 'Run', name: 'x' } as const;
  before(async () => {
    bench = await CliBench.open();
    for (const name of ['x', 'y']) await bench.run(name);
    await bench.store.sync();
    await bench.store.event(key, { type: 'Warning', reason: 'InfraFault', message: 'app exited\u001b[2J' });
    await bench.store.event({ kind: 'Run', name: 'y' }, { type: 'Normal', reason: 'AttemptStarted', message: 'began' });
  });
  after(() => bench.close());

  const reasons = (text: string): string[] =>
    (JSON.parse(text) as { items: { reason: string }[] }).items.map(({ reason }) => reason);

  it('events -o json is a list, --for those of one object', async () => {
    expect(reasons((await bench.ctl(['events', '-o', 'json'])).out)).to.include.members([
      'InfraFault',
      'AttemptStarted',
    ]);
    const { code, out } = await bench.ctl(['events', '--for', 'run/x', '-o', 'json']);
    expect([code, reasons(out)]).to.deep.equal([0, ['InfraFault']]);
    expect(out, 'T90').to.not.match(/\u001b/);
    const columns = await bench.ctl([
      'events',
      'run/y',
      '-o',
      'custom-columns=R:.reason,O:.object.name',
      '--limit',
      '1',
    ]);
    expect(columns.out).to.match(/^R +O\nAttemptStarted +y\n$/);
  });
  it('2 for an object named twice and a form that there is not, 3 for an object that there is not', async () => {
    for (const words of [
      ['run/x', '--for', 'run/x'],
      ['-o', 'wide'],
      ['-o', 'name'],
      ['--for', 'run'],
    ])
      expect((await bench.ctl(['events', ...words])).code, words.join(' ')).to.equal(2);
    expect((await bench.ctl(['events', '--for', 'run/z'])).code).to.equal(3);
  });
  it('explain --recursive names every field below, by name and type', async () => {
    const { code, out } = await bench.ctl(['explain', 'canonical.spec', '--recursive']);
    expect(code).to.equal(0);
    expect(out)
      .to.match(/^ {2}app {2}<object> -required-$/m)
      .and.match(/^ {4}recipe {2}<string> -required-$/m);
    expect(out.split('\n').length).to.be.greaterThan(
      (await bench.ctl(['explain', 'canonical.spec'])).out.split('\n').length,
    );
  });
});
