import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { type Case, undamaged } from './cases.ts';
import { type Fault, filesBelow } from './faults.ts';
import { allCases, filesWithoutRow, judge } from './judge.ts';
import { type PreparedState, prepareState } from './prepared-state.ts';
import type { Findings } from './verdict.ts';

/** Tried at every commit: what attack found. */
const ALWAYS: readonly [RegExp, Fault][] = [
  [/^objects\/Canonical\/box\/object\.json$/, 'Loss'],
  [/^objects\/Run\/newer\/journal\.json$/, 'Emptiness'],
  [/^objects\/Run\/made\/journal\.json$/, 'Loss'],
  [/^objects\/Canonical\/box\/journal\.json$/, 'Garbage'],
  [/^canonicals\/box\/known-good$/, 'Loss'],
  [/^ports\/\d+$/, 'Emptiness'],
];
/** Besides, so many others at each commit. */
const SAMPLE = 4;

/** The same at the same commit. */
function sampleOf(cases: readonly Case[]): Case[] {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', cwd: import.meta.dirname }).trim();
  const start = Number.parseInt(commit.slice(0, 8), 16);
  return Array.from({ length: SAMPLE }, (_, n) => cases[(start + n * 7919) % cases.length]).filter(
    (one) => one !== undefined,
  );
}

describe('a damaged file of the state directory @nightly', function () {
  this.timeout(240_000);
  let prepared: PreparedState;
  let expected: Findings;

  before(async () => {
    prepared = await prepareState();
    expected = await undamaged(prepared);
  });
  after(() => prepared.bench.dispose());

  it('has a row in the table', () => {
    expect(filesWithoutRow(prepared)).to.deep.equal([]);
  });

  it('T84 I19 harms nothing: the faults that were found, and a sample of all', async () => {
    const files = filesBelow(prepared.versions.at(-1) ?? '');
    const always = ALWAYS.map(
      ([pattern, fault]): Case => ({ path: files.find((file) => pattern.test(file)) ?? '', fault }),
    );
    expect(await judge(prepared, expected, [...always, ...sampleOf(allCases(prepared))])).to.deep.equal({});
  });
});
