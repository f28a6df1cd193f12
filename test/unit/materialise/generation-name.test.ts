import { expect } from 'chai';
import fc from 'fast-check';
import { sha256 } from '../../../lib/digest.ts';
import { generationsAmong, isAsMade, nextGeneration, superfluous } from '../../../lib/materialise/generation-name.ts';

const digest = sha256('a set');
const name = (number: number): string => `${String(number).padStart(4, '0')}-${digest.slice(0, 12)}`;

describe('generations of a set', () => {
  it('are told from whatever else lies there', () => {
    const names = ['lock', 'lock.owner', name(2), name(10), '.tmp-0003-abc', '12-3f2a9c01b2d4', '0007-xyz'];
    expect(generationsAmong(names).map((one) => one.number)).to.deep.equal([10, 2]);
  });

  it('are numbered by what is there, not by a clock', () => {
    expect(nextGeneration([], digest)).to.equal(name(1));
    expect(nextGeneration(generationsAmong([name(9_999), name(3)]), digest)).to.equal(name(10_000));
    expect(generationsAmong([name(10_000), name(9_999)])[0]?.number).to.equal(10_000);
  });

  it('say whether they still hold what they were made from', () => {
    const [one] = generationsAmong([name(1)]);
    expect(isAsMade(one!, digest)).to.equal(true);
    expect(isAsMade(one!, sha256('edited'))).to.equal(false);
  });

  it('go but for the newest, and never one that is needed', () => {
    const known = generationsAmong([1, 2, 3, 4, 5].map(name));
    expect(superfluous(known, [name(5)], 3)).to.deep.equal([name(2), name(1)]);
    expect(superfluous(known, [name(5), name(1)], 3)).to.deep.equal([name(3), name(2)]);
    expect(superfluous(known, [name(5), name(1)], 1)).to.deep.equal([name(4), name(3), name(2)]);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(99), { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (numbers, keep) => {
        const all = generationsAmong(numbers.map(name));
        const current = name(numbers[0] ?? 0);
        const going = superfluous(all, [current], keep);
        expect(going).not.to.contain(current);
        expect(all.length - going.length).to.equal(Math.min(all.length, keep));
      }),
    );
  });
});
