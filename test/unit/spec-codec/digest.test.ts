import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { canonicalDigest } from '../../../lib/digest.ts';
import { parsed, runFile } from './parse.ts';

const word = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,6}$/);
const specs = fc.record({
  recipe: fc.constantFrom('notes', 'wiki'),
  mode: fc.constantFrom('Cold', 'Quick'),
  ref: fc.constantFrom('main', 'v1', '1e3', 'on', '0x1F', '~x'),
  env: fc.dictionary(word, fc.string({ maxLength: 8 }), { maxKeys: 4 }),
  pullRequest: fc.record({
    number: fc.integer({ min: 1, max: 99 }),
    author: fc.constantFrom('ada', '#grace', '- eve'),
  }),
});

function shuffled(value: unknown, order: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, order)] as const);
  return Object.fromEntries(order % 2 === 0 ? entries.reverse() : [...entries.slice(1), ...entries.slice(0, 1)]);
}

function file(spec: unknown, style: { flow: boolean; quotes: boolean }): string {
  const text = stringify(spec, {
    collectionStyle: style.flow ? 'flow' : 'block',
    defaultStringType: style.quotes ? 'QUOTE_DOUBLE' : 'PLAIN',
  });
  const indented = text.replace(/^(?=.)/gm, '  ');
  return `# about\napiVersion: cc-ci/v1\nkind: Run # of one commit\nmetadata: { name: a }\nspec:\n${indented}`;
}

describe('the digest of a spec', () => {
  it('T57 does not see order, comments, flow style, quotes or nulls', () => {
    fc.assert(
      fc.property(specs, fc.nat(3), fc.boolean(), fc.boolean(), (spec, order, flow, quotes) => {
        const plain = parsed(file(spec, { flow: false, quotes: false }));
        const other = parsed(file({ ...(shuffled(spec, order) as object), commit: null }, { flow, quotes }));
        expect(other.digest).to.equal(plain.digest);
        expect(plain.digest).to.equal(canonicalDigest(spec));
      }),
      { numRuns: 200 },
    );
  });

  it('T70 A to B to A ends as A', () => {
    const [a, b, again] = [runFile('  mode: Cold'), runFile('  mode: Quick'), runFile('  mode:   "Cold" # back')].map(
      (text) => parsed(text).digest,
    );
    expect(b).not.to.equal(a);
    expect(again).to.equal(a);
  });

  it('does not see the name, labels and annotations', () => {
    const labelled = runFile().replace('name: a', 'name: b, labels: { x: y }, annotations: { z: q }');
    expect(parsed(labelled).digest).to.equal(parsed(runFile()).digest);
  });

  it('sees every change of a value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other) && !/null|\{/.test(JSON.stringify([one, other])));
        expect(canonicalDigest(one)).not.to.equal(canonicalDigest(other));
      }),
    );
  });

  for (const [reason, one, other] of [
    ['text and number', { a: '1' }, { a: 1 }],
    ['the order of a list', { a: [1, 2] }, { a: [2, 1] }],
    ['an empty mapping and none', { a: {} }, {}],
    ['a null item and none', { a: [null] }, { a: [] }],
    ['the place of a field', { a: { b: 1 } }, { b: { a: 1 } }],
    ['texts that look like structure', { a: '","b":"' }, { a: '', b: '' }],
  ] as const) {
    it(`tells apart ${reason}`, () => {
      expect(canonicalDigest(one)).not.to.equal(canonicalDigest(other));
    });
  }

  it('is the same for null, undefined and absent', () => {
    const digests = [{ a: { b: null, c: 1 } }, { a: { c: 1, b: undefined } }, { a: { c: 1 } }].map(canonicalDigest);
    expect(new Set(digests).size).to.equal(1);
  });
});
