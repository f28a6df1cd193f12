import { expect } from 'chai';
import type { Case } from './cases.ts';
import { type Fault, filesBelow } from './faults.ts';
import { filesWithoutRow } from './judge.ts';
import { judgedState } from './judged-state.ts';

/** Tried at every commit: what attack found. All of them, on each file, are in `test/nightly`. */
const ALWAYS: readonly [RegExp, Fault][] = [
  [/^objects\/Canonical\/box\/object\.json$/, 'Loss'],
  [/^objects\/Run\/newer\/journal\.json$/, 'Emptiness'],
  [/^objects\/Run\/made\/journal\.json$/, 'Loss'],
  [/^objects\/Canonical\/box\/journal\.json$/, 'Garbage'],
  [/^canonicals\/box\/known-good$/, 'Loss'],
  [/^ports\/\d+$/, 'Emptiness'],
];

describe('a damaged file of the state directory', function () {
  this.timeout(240_000);
  const { prepared, wrongOf } = judgedState();

  it('has a row in the table', () => {
    expect(filesWithoutRow(prepared())).to.deep.equal([]);
  });

  it('T84 I19 harms nothing: the faults that were found', async () => {
    const files = filesBelow(prepared().versions.at(-1) ?? '');
    const cases = ALWAYS.map(
      ([pattern, fault]): Case => ({ path: files.find((file) => pattern.test(file)) ?? '', fault }),
    );
    const wrong = await wrongOf(cases);
    expect(wrong, JSON.stringify(wrong)).to.deep.equal({});
  });
});
