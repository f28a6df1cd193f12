import { expect } from 'chai';
import { undamaged } from '../e2e/records/cases.ts';
import { FAULTS } from '../e2e/records/faults.ts';
import { allCases, judge } from '../e2e/records/judge.ts';
import { type PreparedState, prepareState } from '../e2e/records/prepared-state.ts';
import type { Findings } from '../e2e/records/verdict.ts';

describe('damaged files of the state directory, all of them', function () {
  this.timeout(20 * 60_000);
  let prepared: PreparedState;
  let expected: Findings;

  before(async () => {
    prepared = await prepareState();
    expected = await undamaged(prepared);
  });
  after(() => prepared.bench.dispose());

  for (const fault of FAULTS) {
    it(`T84 I19 ${fault} harms nothing`, async () => {
      const cases = allCases(prepared).filter((one) => one.fault === fault);
      expect(cases).not.to.deep.equal([]);
      const wrong = await judge(prepared, expected, cases);
      expect(wrong, JSON.stringify(wrong)).to.deep.equal({});
    });
  }
});
