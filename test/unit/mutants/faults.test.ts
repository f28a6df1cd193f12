import { expect } from 'chai';
import { KINDS, type Kind, mutated } from '../../../scripts/mutants/mutant.ts';
import { drawn, faultsOf } from '../../../scripts/mutants/sample.ts';

const made = (text: string, kind: Kind): string[] =>
  faultsOf('lib/x.ts', text)
    .filter((fault) => fault.kind === kind)
    .map((fault) => mutated(text, fault));

/** A text, and every text that one kind of fault makes of it. */
const ROWS: readonly (readonly [Kind, string, readonly string[]])[] = [
  ['write-left-out', 'await syncDirectory(a);', ['{}']],
  ['write-left-out', 'keeper.record(a);', ['{}']],
  ['clear-left-out', 'waiting.delete(key);', ['{}']],
  ['clear-left-out', 'delete a.b;', ['{}']],
  ['clear-left-out', 'this.failed = undefined;', ['{}']],
  ['clear-left-out', 'look(a);', []],
  ['write-left-out', 'settle(a);', []],
  ['clear-left-out', 'until(a);', []],
  ['swapped-statements', '{ a(); await b(); }', ['{ await b(); a(); }']],
  ['swapped-statements', '{ const a = 1; b(); }', []],
  ['await-lost', 'await a();', ['a();']],
  ['await-lost', 'async () => { return await a(); }', []],
  ['await-lost', 'async () => { return b || (await a()); }', []],
  ['await-lost', 'async () => { return b ? await a() : c; }', []],
  ['await-lost', 'async () => { return (await a()) || b; }', ['async () => { return (a()) || b; }']],
  [
    'await-lost',
    'async () => { try { return await a(); } catch {} }',
    ['async () => { try { return a(); } catch {} }'],
  ],
  ['guard-dropped', 'if (a) throw b;', ['{}']],
  ['guard-dropped', 'for (;;) if (a) { continue; }', ['for (;;) {}']],
  ['guard-dropped', 'if (a) b(); ', []],
  ['guard-dropped', 'if (a) throw b; else c();', []],
  ['condition-negated', 'if (a && b) c();', ['if (!(a && b)) c();']],
  ['condition-negated', 'a ? b : c;', ['!(a) ? b : c;']],
  ['boundary', '(a) < b;', ['(a) <= b;']],
  ['boundary', 'a >= b;', ['a > b;']],
  ['boundary', 'a === b;', []],
  ['swapped-arguments', 'f(a, b.c, d);', ['f(b.c, a, d);', 'f(a, d, b.c);']],
  ['swapped-arguments', 'Math.max(a, b);', []],
  ['other-code', "throw new CcError('NotFound', 'text');", ["throw new CcError('Conflict', 'text');"]],
  ['other-code', "hasCode(error, 'Internal');", ["hasCode(error, 'Aborted');"]],
  ['other-code', "f('Conflict');", []],
  ['mode', 'f({ mode: 0o600 });', ['f({ mode: 0o644 });']],
  ['mode', 'mode & 0o777;', ['mode & 0o737;']],
  ['spread-order', '({ ...a, b });', ['({ b, ...a });']],
  ['spread-order', '({ ...(a ? {} : { a }), b });', []],
  ['default-side', 'a ?? b;', ['a;', 'b;']],
  ['default-side', 'a || b;', ['a && b;']],
  ['constant', 'f(3);', ['f(4);']],
  ['constant', 'f(30);', ['f(60);']],
  ['constant', 'f(true);', ['f(false);']],
  ['constant', "f('name');", ["f('namex');"]],
  ['constant', "code === 'ENOENT';", ["code === 'EIO';"]],
  ['early-return', 'function f(): void { a(); b(); }', ['function f(): void { a(); return; b(); }']],
  ['early-return', 'function f(): number { a(); return b; }', []],
];

describe('faults that are made in a text', () => {
  for (const [kind, text, expected] of ROWS) {
    it(`${kind}: ${text} → ${expected.join(' or ') || 'nothing'}`, () => {
      expect(made(text, kind)).to.deep.equal(expected);
    });
  }

  it('of every kind are among the rows', () => {
    const tried = new Set(ROWS.filter(([, , expected]) => expected.length > 0).map(([kind]) => kind));
    expect([...tried].sort()).to.deep.equal([...KINDS].sort());
  });

  for (const text of [
    "import { a } from './a.ts';",
    '/** at most 3 */ // 4',
    "type A = 'x' | 3;",
    "interface A { b: 'x'; c: 3 }",
    "log.warn('text', { path: 3 });",
    "this.options.log.error('text', 3);",
    "throw new CcError('Damaged', `x ${a ?? b}`);",
    "f({ message: 'x', remedy: a ? 'y' : 'z' });",
    "f('a text of words');",
    'f(`a text ${a ?? b}`);',
  ]) {
    it(`none is made in ${text}`, () => {
      expect(faultsOf('lib/x.ts', text).filter(({ kind }) => kind !== 'other-code')).to.deep.equal([]);
    });
  }

  it('each parses, and differs from the text and from the others', () => {
    const texts = ROWS.flatMap(([, text]) => faultsOf('lib/x.ts', text).map((fault) => ({ text, fault })));
    for (const { text, fault } of texts) {
      const with_ = mutated(text, fault);
      expect(with_).to.not.equal(text);
      faultsOf('lib/x.ts', with_);
    }
  });

  it('keep their names where other lines change', () => {
    const before = faultsOf('lib/x.ts', 'f(3);\n');
    const after = faultsOf('lib/x.ts', '// more\nconst a = b;\nf(3);\n');
    expect(after.map(({ id }) => id)).to.deep.equal(before.map(({ id }) => id));
    expect(after.map(({ line }) => line)).to.deep.equal([3]);
    expect(faultsOf('lib/y.ts', 'f(3);\n')[0]?.id).to.not.equal(before[0]?.id);
    expect(faultsOf('lib/x.ts', 'f(3);\nf(3);\n').map(({ id }) => id)).to.deep.equal([
      ...[before[0]?.id, `${before[0]?.id}-2`],
    ]);
  });
});

describe('a sample', () => {
  const all = faultsOf('lib/x.ts', 'f(1); f(2); f(3); f(4); f(5); f(6); if (a < b) throw c;');
  const ids = (seed: string): string[] => [...drawn(all, seed)].map(({ id }) => id);

  it('is the same for the same seed, another one for another, and holds each once', () => {
    expect(ids('run 1')).to.deep.equal(ids('run 1'));
    expect(ids('run 1')).to.not.deep.equal(ids('run 2'));
    expect(ids('run 1').toSorted()).to.deep.equal(all.map(({ id }) => id).toSorted());
  });

  it('takes rare kinds as soon as common ones', () => {
    const first = Array.from({ length: 40 }, (_, seed) => [...drawn(all, `run ${seed}`)][0]?.kind);
    expect(first.filter((kind) => kind !== 'constant').length).to.be.greaterThan(first.length / 2);
  });
});
