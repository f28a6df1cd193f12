import { expect } from 'chai';
import fc from 'fast-check';
import { sliceOf, tonightsSlice } from '../../rig/slices.ts';

const DAY_MS = 86_400_000;

describe('slices of long tests', () => {
  it('hold everything once, over as many nights as there are slices', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 20 }), fc.nat(1e6), (all, count, firstDay) => {
        const nights = Array.from({ length: count }, (_, night) => tonightsSlice(count, (firstDay + night) * DAY_MS));
        const tried = nights.flatMap((slice) => sliceOf(all, slice));
        expect(tried.toSorted()).to.deep.equal(all.toSorted());
      }),
    );
  });

  it('1/1 is everything', () => {
    expect(sliceOf(['a', 'b'], '1/1')).to.deep.equal(['a', 'b']);
  });

  for (const slice of ['', '1', '0/3', '4/3', '1/0', 'a/b', '1/2/3', '-1/3', '1.5/3'])
    it(`"${slice}" is none`, () => {
      expect(() => sliceOf([1], slice)).to.throw(`slice ${slice} is not i/n`);
    });
});
