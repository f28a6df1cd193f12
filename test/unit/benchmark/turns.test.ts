import { expect } from 'chai';
import { turnsOf } from '../../../benchmark/run-lanes.ts';

describe('the turns of apps that are measured', () => {
  it('are one for all that sleep for long, then one by one, longest first', () => {
    const times = [
      { startS: 0, initS: 0 },
      { startS: 30, initS: 0 },
      { startS: 5, initS: 10 },
      { startS: 0, initS: 5 },
      { startS: 10, initS: 30 },
    ];
    expect(turnsOf(times)).to.deep.equal({ sleepers: [4, 1], others: [2, 3, 0] });
  });

  it('leave none out', () => {
    const seconds = [0, 5, 10, 30];
    const times = seconds.flatMap((initS) => seconds.map((startS) => ({ startS, initS })));
    const { sleepers, others } = turnsOf(times);
    expect([...sleepers, ...others].toSorted((one, other) => one - other)).to.deep.equal(
      times.map((_, index) => index),
    );
    expect(sleepers).to.have.length(7);
  });
});
