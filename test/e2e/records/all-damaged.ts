import { expect } from 'chai';
import type { Fault } from './faults.ts';
import { allCases } from './judge.ts';
import { judgedState } from './judged-state.ts';

/** One fault, inflicted on each file of the state directory in turn. */
export function allDamaged(fault: Fault): void {
  describe('damaged files of the state directory, all of them', function () {
    this.timeout(20 * 60_000);
    const { prepared, wrongOf } = judgedState();

    it(`T84 I19 ${fault} harms nothing`, async () => {
      const cases = allCases(prepared()).filter((one) => one.fault === fault);
      expect(cases).not.to.deep.equal([]);
      const wrong = await wrongOf(cases);
      expect(wrong, JSON.stringify(wrong)).to.deep.equal({});
    });
  });
}
