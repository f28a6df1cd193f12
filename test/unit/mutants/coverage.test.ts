import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { coveredLines, covering, type FileCoverage, type RunFunction } from '../../../scripts/mutants/coverage.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';
import { ROOMS, STARTED_BY } from '../../../scripts/mutants/rooms.ts';
import { ROOT } from '../../../scripts/test/suite.ts';

const FILE = 'lib/fs/x.ts';
const TEXT = 'one\ntwo\nthree\n';
const digest = createHash('sha256').update(TEXT).digest('hex').slice(0, 16);
const mutant: Mutant = { id: '1', kind: 'boundary', file: FILE, line: 2, start: 4, end: 5, from: 't', to: '' };

const [STARTED = '', STARTER = ''] = Object.entries(STARTED_BY)[0] ?? [];

const measured = (test: string, lines: number[], changes: Partial<FileCoverage> = {}): FileCoverage => {
  const sources = { [FILE]: { digest, lines } };
  return { test: `test/${test}.test.ts`, digest: '', isGreen: true, ms: 10, sources, ...changes };
};

const names = (all: readonly FileCoverage[], changes: Partial<Mutant> = {}, text = TEXT): string[] =>
  covering({ ...mutant, ...changes }, all, { text, near: ['fs'] }).map(({ test }) => test);

describe('what covers a fault', () => {
  it('is what runs its line: what is near first, then what is fast', () => {
    const all = [
      measured('unit/run/slow', [2], { ms: 20 }),
      measured('unit/run/fast', [1, 2], { ms: 5 }),
      measured('unit/run/elsewhere', [1, 3]),
      measured('component/fs/near', [2], { ms: 500 }),
    ];
    const expected = ['component/fs/near', 'unit/run/fast', 'unit/run/slow'].map((name) => `test/${name}.test.ts`);
    expect(names(all)).to.deep.equal(expected);
  });

  it('is never a test file that is red without a fault', () => {
    expect(names([measured('unit/fs/red', [2], { isGreen: false })])).to.deep.equal([]);
  });

  it('is all that runs anything of a source that was changed since', () => {
    expect(names([measured('unit/fs/a', [1]), measured('unit/fs/b', [])], {}, 'other')).to.have.length(1);
  });

  it('of code whose processes nobody can measure is what covers their starter', () => {
    const sources = { [STARTER]: { digest: '', lines: [7] } };
    const file = `${STARTED}x.ts`;
    expect(names([measured('component/platform/a', [], { sources })], { file })).to.have.length(1);
    const own = { [file]: { digest, lines: [2] } };
    expect(names([measured('unit/platform/b', [], { sources: own })], { file })).to.have.length(1);
    expect(names([measured('unit/platform/b', [], { sources: own })], { file, line: 3 })).to.have.length(0);
  });
});

it('rooms, and those who start what cannot be measured, are there', () => {
  const directories = Object.values(ROOMS).map(({ directory }) => directory);
  const places = [...directories, ...Object.entries(STARTED_BY).flat()];
  expect(places.filter((place) => !existsSync(join(ROOT, place)))).to.deep.equal([]);
});

describe('lines that were run', () => {
  const text = 'f {\n  one\n  if {\n    two\n  }\n}\ng {\n  three\n}\nh\n';
  const ran = (...ranges: [number, number, number][]): RunFunction => ({
    ranges: ranges.map(([startOffset, endOffset, count]) => ({ startOffset, endOffset, count })),
  });
  const at = (part: string): number => text.indexOf(part);
  const f = ran([0, at('g'), 3], [at('if {') + 3, at('}\n}'), 0]);
  const g = ran([at('g'), at('h\n'), 0]);

  it('are those whose first character is in a block that was run; the inner block counts', () => {
    expect(coveredLines(text, [ran([0, text.length, 1]), f, g])).to.deep.equal([1, 2, 3, 5, 6, 10]);
  });

  it('of a module that was read before count where something of it is used, else not', () => {
    const module = ran([0, text.length, 0]);
    expect(coveredLines(text, [module, f, g])).to.include.members([1, 2, 10]);
    expect(coveredLines(text, [module, g])).to.deep.equal([]);
    expect(coveredLines(text, [])).to.deep.equal([]);
  });
});
