import { expect } from 'chai';
import fc from 'fast-check';
import { repeat, toWholeSecond } from '../../lib/clock.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

describe('looks that wake a process together', () => {
  it('come at a whole second, at most half a second early or late, and never at once', () => {
    const now = fc.double({ min: 0, max: 1e9, noNaN: true });
    const holds = (nowMs: number, delayMs: number): void => {
      const delay = toWholeSecond(nowMs, delayMs);
      expect(Math.abs(delay - delayMs)).to.be.at.most(500.001);
      expect(delay).to.be.at.least(499.999);
      expect(Math.abs((nowMs + delay) / 1_000 - Math.round((nowMs + delay) / 1_000))).to.be.below(1e-6);
    };
    fc.assert(fc.property(now, fc.integer({ min: 1_000, max: 1e6 }), holds));
  });

  it('are repeated at whole seconds, whatever each takes; shorter pauses are kept as they are', async () => {
    const clock = new FakeClock();
    const [seen, often]: number[][] = [[], []];
    await clock.advance(300);
    const timers = [
      repeat(clock, 2_000, async () => {
        seen?.push(clock.monotonicMs());
        await clock.sleep(130);
      }),
      repeat(clock, 700, async () => void often?.push(clock.monotonicMs())),
    ];
    await clock.advance(6_500);
    for (const timer of timers) timer.cancel();
    expect(seen).to.deep.equal([2_000, 4_000, 6_000]);
    expect(often?.slice(0, 2)).to.deep.equal([1_000, 1_700]);
  });
});
