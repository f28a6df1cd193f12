import { expect } from 'chai';
import fc from 'fast-check';
import { sealManifest } from '../../../lib/snapshot/manifest.ts';
import { supersededSets } from '../../../lib/snapshot/retention.ts';
import type { StoredSet } from '../../../lib/snapshot/set-store.ts';

function stored(id: string, parent?: string): StoredSet {
  const manifest = sealManifest({
    format: 1,
    id,
    recipe: 'notes',
    source: '/notes',
    version: '1.0.0',
    commit: 'a',
    domain: 'notes.example',
    createdTime: '2030-01-01T00:00:00Z',
    volumes: [],
    bytes: 0,
    ...(parent === undefined ? {} : { parent }),
  });
  return { id, manifest };
}

/** `names` newest first, each the child of the next; the last one's parent is `root`. */
const lineOf = (names: readonly string[], root?: string): StoredSet[] =>
  names.map((id, index) => stored(id, names[index + 1] ?? root));

interface Row {
  why: string;
  ids: string[];
  line: StoredSet[];
  keep: number;
  referenced?: string[];
  expected: string[] | undefined;
}

const ROWS: Row[] = [
  { why: 'no current set: nothing may go', ids: ['a', 'b'], line: [], keep: 1, expected: undefined },
  {
    why: 'what is kept stays, with the newest ancestors',
    ids: ['a', 'b', 'c'],
    line: lineOf(['c', 'b', 'a']),
    keep: 2,
    expected: ['a'],
  },
  {
    why: 'the current set stays even where none is to be kept',
    ids: ['a', 'b'],
    line: lineOf(['b', 'a']),
    keep: 0,
    expected: ['a'],
  },
  {
    why: 'what is referenced stays',
    ids: ['a', 'b', 'x'],
    line: lineOf(['b', 'a']),
    keep: 1,
    referenced: ['a'],
    expected: ['x'],
  },
  {
    why: 'a line that began afresh is as long as it is kept: what it began beside goes',
    ids: ['x', 'a', 'b'],
    line: lineOf(['b', 'a']),
    keep: 2,
    expected: ['x'],
  },
  {
    why: 'a line that began afresh and is shorter: all stays',
    ids: ['x', 'b'],
    line: lineOf(['b']),
    keep: 2,
    expected: undefined,
  },
  {
    why: 'the parent is there but cannot be read: all stays',
    ids: ['x', 'a', 'b'],
    line: lineOf(['b'], 'a'),
    keep: 2,
    expected: undefined,
  },
  {
    why: 'the parent was removed before',
    ids: ['x', 'b'],
    line: lineOf(['b'], 'gone'),
    keep: 2,
    expected: ['x'],
  },
];

describe('which sets nothing needs', () => {
  for (const { why, expected, referenced = [], ...facts } of ROWS) {
    it(why, () => expect(supersededSets({ ...facts, referenced: new Set(referenced) })).to.deep.equal(expected));
  }

  it('I6 never names the current set, an ancestor that is kept, nor what is referenced', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 12 });
    const all = fc.record({ ids, length: fc.nat(12), keep: fc.nat(5), marks: fc.array(fc.boolean()) });
    fc.assert(
      fc.property(all, ({ ids: names, length, keep, marks }) => {
        const line = lineOf(names.slice(0, length), names[length]);
        const referenced = new Set(names.filter((_, index) => marks[index] === true));
        const gone = supersededSets({ ids: names, line, keep, referenced });
        if (gone === undefined) expect(line.length < Math.max(1, keep)).to.equal(true);
        for (const { id } of line.slice(0, Math.max(1, keep))) expect(gone ?? []).to.not.include(id);
        for (const id of referenced) expect(gone ?? []).to.not.include(id);
      }),
    );
  });
});
