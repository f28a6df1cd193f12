import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAppEnv, parseExports } from '../../doubles/abra/app-env.ts';
import { behaviourList, taggedBehaviours } from '../../doubles/abra/behaviours.ts';
import { type FlagSpec, helpText, parseFlags } from '../../doubles/abra/flags.ts';
import { App, stackName } from '../../doubles/abra/home.ts';
import { LINT_RULES } from '../../doubles/abra/lint-rules.ts';
import { boxTable } from '../../doubles/abra/table.ts';

const FLAGS: readonly FlagSpec[] = [
  { long: 'domain', short: 'D', takes: 'Value', help: '' },
  { long: 'chaos', short: 'C', takes: 'Nothing', help: '' },
];

describe('the stand-in for abra', () => {
  it('lists the behaviours that its sources name, each graded', async () => {
    const behaviours = taggedBehaviours();
    const directory = join(import.meta.dirname, '../../doubles/abra');
    expect(await readFile(join(directory, 'BEHAVIOURS.md'), 'utf8')).to.equal(behaviourList(behaviours));
    expect(behaviours.length).to.be.greaterThan(60);
    expect(new Set(behaviours.map(({ grade }) => grade))).to.deep.equal(new Set(['V', 'M']));
    expect(behaviours.filter(({ text }) => text === '')).to.deep.equal([]);
  });

  it('takes flags anywhere, glued and apart, and words behind --', () => {
    const call = parseFlags(['one', '-nC', '--domain=a.b', 'two', '--', '-x'], FLAGS);
    expect(call.words).to.deep.equal(['one', 'two', '-x']);
    expect(call.values.get('domain')).to.equal('a.b');
    expect(call.has('chaos') && call.has('no-input')).to.equal(true);
    expect(parseFlags(['-D', 'x'], FLAGS).values.get('domain')).to.equal('x');
    expect(parseFlags(['-D=x'], FLAGS).values.get('domain')).to.equal('x');
  });

  it('refuses flags that it does not know, and values that are missing', () => {
    expect(() => parseFlags(['--nothing'], FLAGS)).to.throw(/unknown flag/);
    expect(() => parseFlags(['-z'], FLAGS)).to.throw(/unknown shorthand/);
    expect(() => parseFlags(['--domain'], FLAGS)).to.throw(/needs an argument/);
  });

  it('explains a command with its long flags', () => {
    const text = helpText({ path: ['app', 'x'], usage: '<domain>', help: 'Do', flags: FLAGS });
    expect(text).to.include('--domain').and.include('--no-input').and.include('abra app x <domain>');
  });

  it('reads env files: quotes, comments, references to earlier lines', () => {
    const { values, comments } = parseAppEnv(
      'A=1 # length=3\nB="x $A"\nC=\'$A # no\'\n#D=1\nCOMPOSE_FILE=a.yml\nCOMPOSE_FILE="$COMPOSE_FILE:b.yml"\nE="a\\"b"\nF=a#b',
    );
    expect(values).to.include({ A: '1', B: 'x 1', C: '$A # no', COMPOSE_FILE: 'a.yml:b.yml', E: 'a"b', F: 'a#b' });
    expect(values).to.not.have.property('D');
    expect(comments).to.deep.equal({ A: 'length=3' });
    expect(parseExports('export A=v1\n# export B=2\n  export C="v3"\n')).to.deep.equal({ A: 'v1', C: 'v3' });
  });

  it('names stacks as abra does', () => {
    expect(stackName('a-b.example.org')).to.equal('a-b_example_org');
    expect(stackName(`${'x'.repeat(60)}.org`)).to.have.length(45);
  });

  it('draws tables that line up, emoji included', () => {
    const lines = boxTable(
      ['a', 'b'],
      [
        ['✅', 'long text'],
        ['-', 'x'],
      ],
    ).split('\n');
    expect(lines).to.have.length(6);
    expect(lines[3]).to.equal('│ ✅ │ long text │');
    expect(lines[4]).to.equal('│ -  │ x         │');
  });

  it('has the sixteen rules of lint', () => {
    expect(LINT_RULES.map(({ ref }) => ref)).to.deep.equal(
      Array.from({ length: 16 }, (_, index) => `R0${String(index + 1).padStart(2, '0')}`),
    );
  });
});

describe('an app of the stand-in', () => {
  let directory: string;
  const before = process.env.ABRA_DIR;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-double-'));
    process.env.ABRA_DIR = directory;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.ABRA_DIR;
    else process.env.ABRA_DIR = before;
    await rm(directory, { recursive: true, force: true });
  });

  it('T01 loses the final newline of its env file with every pin', async () => {
    const app = new App('', 'a.test');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(directory, 'servers'), { recursive: true });
    await writeFile(app.file, 'TYPE=notes\n# comment\nX=1\n\n');
    app.pinVersion('1.0.0+1.0.0');
    expect(await readFile(app.file, 'utf8')).to.equal('TYPE=notes:1.0.0+1.0.0\n# comment\nX=1');
    expect(app.recipe).to.equal('notes');
    expect(app.pin).to.equal('1.0.0+1.0.0');
    app.pinVersion('12345678+U');
    expect(app.pin).to.equal('12345678');
  });
});
