import { expect } from 'chai';
import { undamaged } from '../e2e/records/cases.ts';
import { allCases, judge } from '../e2e/records/judge.ts';
import { type PreparedState, prepareState } from '../e2e/records/prepared-state.ts';

describe('damaged files of the state directory, all of them', function () {
  this.timeout(45 * 60_000);
  let prepared: PreparedState;

  before(async () => {
    prepared = await prepareState();
  });
  after(() => prepared.bench.dispose());

  it('T84 I19 harm nothing, whichever of the four faults each has', async () => {
    const expected = await undamaged(prepared);
    expect(await judge(prepared, expected, allCases(prepared))).to.deep.equal({});
  });
});
