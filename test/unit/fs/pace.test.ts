import { expect } from 'chai';
import { paceOf } from '../../../lib/fs/pace.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('the pace of a reader', () => {
  const slept: number[] = [];
  const clock = new FakeClock();
  const sleeping = {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    after: clock.after.bind(clock),
    sleep: async (delayMs: number, signal?: AbortSignal): Promise<void> => {
      signal?.throwIfAborted();
      slept.push(delayMs);
    },
  };

  it('is that of so many bytes a second, with a quarter of one ahead', async () => {
    const { signal } = new AbortController();
    const pace = paceOf({ bytesPerSecond: 1_000, clock: sleeping, signal });
    await pace(250);
    expect(slept).to.deep.equal([]);
    await pace(250);
    expect(slept.splice(0)).to.deep.equal([500]);
  });

  it('ends with its signal', async () => {
    const abort = new AbortController();
    const pace = paceOf({ bytesPerSecond: 1, clock: sleeping, signal: abort.signal });
    abort.abort(new Error('stop'));
    const error: unknown = await pace(10).catch((caught: unknown) => caught);
    expect((error as Error).message).to.equal('stop');
  });
});
