import { expect } from 'chai';
import fc from 'fast-check';
import { backOffMs } from '../../../lib/runtime/back-off.ts';

describe('backOffMs', () => {
  /** The most that chance can give. */
  const FULL = 1;
  for (const [failures, delayMs, why] of [
    [1, 1000, 'one second after the first failure'],
    [2, 2000, 'doubled'],
    [5, 16_000, 'doubled again and again'],
    [9, 256_000, 'the last below the bound'],
    [10, 300_000, 'five minutes is the bound'],
    [5000, 300_000, 'no overflow after thousands of failures'],
    [0, 1000, 'never below the first delay'],
  ] as const) {
    it(`${failures} failures wait ${delayMs} ms: ${why}`, () => {
      expect(backOffMs(failures, FULL)).to.equal(delayMs);
    });
  }

  it('stays within the jitter, never falls with more failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const full = backOffMs(failures, FULL);
          const drawn = backOffMs(failures, random);
          expect(drawn).to.be.within(full * 0.8 - 1, full + 1);
          expect(backOffMs(failures + 1, random)).to.be.at.least(drawn);
        },
      ),
    );
  });
});
