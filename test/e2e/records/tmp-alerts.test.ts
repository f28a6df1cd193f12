import { expect } from 'chai';
import { undamaged } from './cases.ts';
import { allCases, filesWithoutRow, judge } from './judge.ts';
import { prepareState } from './prepared-state.ts';

describe('tmp', function () {
  this.timeout(580_000);
  it('alerts', async () => {
    const prepared = await prepareState();
    try {
      expect(filesWithoutRow(prepared)).to.deep.equal([]);
      const expected = await undamaged(prepared);
      const cases = allCases(prepared).filter(({ path }) => path.startsWith('alerts/'));
      console.log(
        cases.length,
        cases.map(({ path, fault }) => `${fault} ${path}`),
      );
      expect(await judge(prepared, expected, cases)).to.deep.equal({});
    } finally {
      await prepared.bench.dispose();
    }
  });
});
