import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { ThisTurn } from '../../lib/this-turn.ts';

describe('a look that is good for this turn', () => {
  it('is made once in a turn, whoever asks, and again in the next', async () => {
    let looks = 0;
    const seen = new ThisTurn(() => (looks += 1));
    const ask = async (): Promise<number> => seen.get();
    await setImmediate();
    expect(await Promise.all([ask(), ask().then(ask), seen.get()])).to.deep.equal([1, 1, 1]);
    await setImmediate();
    expect([seen.get(), seen.get()]).to.deep.equal([2, 2]);
  });

  it('is made again where what was seen is to be forgotten, and where it failed', () => {
    let looks = 0;
    const seen = new ThisTurn(() => {
      looks += 1;
      if (looks === 2) throw new Error('cannot be told');
      return looks;
    });
    expect(seen.get()).to.equal(1);
    seen.forget();
    expect(() => seen.get()).to.throw('cannot be told');
    expect(seen.get()).to.equal(3);
  });
});
