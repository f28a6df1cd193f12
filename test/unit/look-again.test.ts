import { expect } from 'chai';
import { lookAgainAfterMs, lookAgainMs } from '../../lib/look-again.ts';

describe('the pauses between looks', () => {
  it('double from 50 ms up to the longest', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 60].map((looks) => lookAgainMs(looks, 500));
    expect(pauses).to.deep.equal([50, 100, 200, 400, 500, 500, 500]);
    expect(lookAgainMs(3, 120)).to.equal(120);
  });

  it('double likewise where only the time since the first look is known', () => {
    const pauses: number[] = [];
    for (let waitedMs = 0; pauses.length < 6; waitedMs += pauses.at(-1) ?? 0)
      pauses.push(lookAgainAfterMs(waitedMs, 500));
    expect(pauses).to.deep.equal([50, 100, 200, 400, 500, 500]);
  });

  it('begin anew for a start that another process journaled by its own clock', () => {
    expect(lookAgainAfterMs(-3_600_000, 250)).to.equal(50);
  });
});
