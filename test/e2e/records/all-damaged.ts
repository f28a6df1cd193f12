import { expect } from 'chai';
import { undamaged } from './cases.ts';
import type { Fault } from './faults.ts';
import { allCases, judge } from './judge.ts';
import { type PreparedState, prepareState } from './prepared-state.ts';
import type { Findings } from './verdict.ts';

/** One fault, inflicted on each file of the state directory in turn. */
export function allDamaged(fault: Fault): void {
  describe('damaged files of the state directory, all of them', function () {
    this.timeout(20 * 60_000);
    let prepared: PreparedState;
    let expected: Findings;

    before(async () => {
      prepared = await prepareState();
      expected = await undamaged(prepared);
    });
    after(() => prepared.bench.dispose());

    it(`T84 I19 ${fault} harms nothing`, async () => {
      const cases = allCases(prepared).filter((one) => one.fault === fault);
      expect(cases).not.to.deep.equal([]);
      const wrong = await judge(prepared, expected, cases);
      expect(wrong, JSON.stringify(wrong)).to.deep.equal({});
    });
  });
}
