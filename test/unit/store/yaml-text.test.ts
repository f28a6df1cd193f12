import { expect } from 'chai';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { yamlText } from '../../../lib/store/yaml-text.ts';

const byLibrary = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/** Marks that YAML knows, words that it reads as something else, and all that statuses are made of. */
const piece = fc.constantFrom(
  ...['a', 'Z', '7', '0', ' ', '  ', '-', '- ', ':', ': ', '#', ' #', '/', '.', ',', ';', '=', '+', '(', ')', "'", '"'],
  ...['[', ']', '{', '}', '&', '*', '!', '|', '>', '%', '@', '`', '?', '~', '\n', '\t', '\\', '_', 'é', '…', '\u0007'],
  ...['true', 'False', 'null', 'NULL', 'yes', 'on', '1e3', '0x1f', '.5', '.inf', '.nan', '<<', '---', '=', '12:30'],
  ...['2030-01-01T00:00:00.000Z', '2030-01-01', 'the spec is in force', 'warm-canon-notes.ci.example.org'],
  ...['842215b9-ba09-4d43-a02f-b4e67f7b051d', '/specs/notes.yaml', 'lastTransitionTime'],
);
const words = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
/** The library loses blanks before line ends. */
const line = words.filter((text) => !text.includes('\n'));
const leaf = fc.oneof(words, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(words, fc.constantFrom('type', 'status', 'message')), tie('tree'), { maxKeys: 5 }),
  ),
}));
const json = tree.map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe('a status as YAML', () => {
  it('is what the library writes, to the byte', () => {
    fc.assert(
      fc.property(json, (value) => yamlText(value) === byLibrary(value)),
      { numRuns: 1_000 },
    );
  });

  it('of plain words is that as well, and says what it says', () => {
    const plain = fc.dictionary(
      fc.constantFrom('type', 'status', 'reason', 'message', 'history', 'yes', 'null'),
      fc.oneof(line, fc.array(fc.dictionary(fc.constantFrom('type', 'items'), fc.oneof(line, fc.constant([]))))),
    );
    fc.assert(
      fc.property(plain, (value) => {
        const kept = JSON.parse(JSON.stringify(value));
        expect(yamlText(kept)).to.equal(byLibrary(kept));
        expect(parse(yamlText(kept))).to.deep.equal(kept);
      }),
      { numRuns: 1_000 },
    );
  });

  for (const [what, value] of [
    ['an empty map', {}],
    ['empty ones within', { a: {}, b: [], c: [{}, [], [[]]] }],
    ['lists in lists', { a: [[1, [2, 'three']], [{ b: [{ c: null }] }]] }],
    ['a list alone', ['a', { b: 1 }]],
    ['a word alone', 'word'],
    ['a long key', { ['k'.repeat(1_025)]: 'v' }],
    ['numbers', { a: 0, b: -1, c: 1.5, d: 1e21, e: 2 ** 53, f: -(2 ** 53) }],
    [
      'words of other meanings',
      { a: 'true', b: 'Null', c: 'NO', d: '~', true: 'x', Null: 'FALSE', f: 'tRUE', e: '2030-01-01', g: '007' },
    ],
    ['long words', { a: 'word '.repeat(100).trim() }],
  ] as const)
    it(`of ${what} is that too`, () => {
      expect(yamlText(value)).to.equal(byLibrary(value));
    });
});
