import { expect } from 'chai';
import { sliceOf, tonightsSlice } from '../../rig/slices.ts';
import type { Fault } from './faults.ts';
import { allCases } from './judge.ts';
import { judgedState } from './judged-state.ts';

/** As many nights as all files take: each is a controller that starts, some 200 of them for one fault. */
const NIGHTS = 4;

/** One fault, inflicted on each file of the state directory in turn: a part of them each night. */
export function allDamaged(fault: Fault): void {
  describe('damaged files of the state directory, all of them in turn', function () {
    this.timeout(20 * 60_000);
    const { prepared, wrongOf } = judgedState();

    const slice = tonightsSlice(NIGHTS);
    it(`T84 I19 ${fault} harms nothing, slice ${slice}`, async () => {
      const ofFault = allCases(prepared()).filter((one) => one.fault === fault);
      const cases = sliceOf(ofFault, slice);
      expect(cases).not.to.deep.equal([]);
      const wrong = await wrongOf(cases);
      expect(wrong, JSON.stringify(wrong)).to.deep.equal({});
    });
  });
}
