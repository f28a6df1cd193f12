import { expect } from 'chai';
import { Limits } from '../../../lib/runtime/limits.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { gate } from '../../fakes/fake-reconciler.ts';

describe('Limits', () => {
  it('runs two copies at once and the third when a place is free', async () => {
    const limits = new Limits();
    const gates = [gate(), gate(), gate()];
    const started: number[] = [];
    const runs = gates.map((one, index) =>
      limits.run('Copy', async () => {
        started.push(index);
        await one.promise;
        return index;
      }),
    );
    await settle();
    expect(started).to.deep.equal([0, 1]);
    gates[1]!.open();
    await runs[1];
    await settle();
    expect(started).to.deep.equal([0, 1, 2]);
    gates[0]!.open();
    gates[2]!.open();
    expect(await Promise.all(runs)).to.deep.equal([0, 1, 2]);
  });

  it('copies do not hold up teardowns', async () => {
    const limits = new Limits({ Copy: 1, Teardown: 1 });
    const held = gate();
    const copy = limits.run('Copy', () => held.promise);
    expect(await limits.run('Teardown', async () => 'gone')).to.equal('gone');
    held.open();
    await copy;
  });

  it('passes an error on and frees the place', async () => {
    const limits = new Limits({ Copy: 1, Teardown: 1 });
    const error = new RangeError('no');
    const failed = await limits.run('Copy', () => Promise.reject(error)).catch((reason: unknown) => reason);
    expect(failed).to.equal(error);
    expect(await limits.run('Copy', async () => 1)).to.equal(1);
  });

  it('waiting work is never started after its signal is aborted; started work keeps its place', async () => {
    const limits = new Limits({ Copy: 1, Teardown: 1 });
    const held = gate();
    const abort = new AbortController();
    let endedEarly = false;
    const first = limits
      .run('Copy', () => held.promise, abort.signal)
      .finally(() => {
        endedEarly = true;
      });
    let started = false;
    const second = limits
      .run(
        'Copy',
        async () => {
          started = true;
        },
        abort.signal,
      )
      .catch((reason: unknown) => reason);
    await settle();
    abort.abort('stop');
    expect(await second).to.equal('stop');
    expect(endedEarly).to.equal(false);
    held.open();
    await first;
    await settle();
    expect(started).to.equal(false);
    expect(await limits.run('Copy', async () => 2)).to.equal(2);
  });

  it('work with a signal that is aborted already is not started', async () => {
    let started = false;
    const run = new Limits().run(
      'Copy',
      async () => {
        started = true;
      },
      AbortSignal.abort('over'),
    );
    expect(await run.catch((reason: unknown) => reason)).to.equal('over');
    expect(started).to.equal(false);
  });
});
