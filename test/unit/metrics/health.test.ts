import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { loopFaults, Readiness } from '../../../lib/metrics/health.ts';
import type { Waiting } from '../../../lib/runtime/work-queue.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';

describe('the health of the loop', () => {
  const facts = (waiting: Waiting, listedAgoMs: number | undefined = 0) => ({
    waiting: new Map([['Run', waiting]]),
    listedAgoMs,
  });
  for (const [why, given, faults] of [
    ['nothing waits', facts({ depth: 0, oldestMs: 0 }), 0],
    ['nothing was listed yet', { waiting: new Map(), listedAgoMs: undefined }, 0],
    ['a key waits, not for long', facts({ depth: 9, oldestMs: 119_000 }), 0],
    ['a key waits, others are taken before it', facts({ depth: 9, oldestMs: 900_000, takenAgoMs: 100 }), 0],
    ['a key waits, and none is taken', facts({ depth: 1, oldestMs: 121_000, takenAgoMs: 121_000 }), 1],
    ['a key waits, and none ever was', facts({ depth: 1, oldestMs: 121_000 }), 1],
    ['the specs are not listed any more', facts({ depth: 0, oldestMs: 0 }, 121_000), 1],
    ['both', facts({ depth: 1, oldestMs: 121_000 }, 121_000), 2],
  ] as const) {
    it(`${faults} faults where ${why}`, () => expect(loopFaults(given)).to.have.length(faults));
  }
});

describe('Readiness', () => {
  function bench() {
    const [clock, log] = [new FakeClock(), new FakeLog()];
    const calls: AbortSignal[] = [];
    let answer: () => Promise<unknown> = async () => {};
    const probe = (signal: AbortSignal): Promise<unknown> => {
      calls.push(signal);
      return answer();
    };
    const readiness = new Readiness({ probe, clock, log });
    const answerBy = (next: typeof answer): void => {
      answer = next;
    };
    return { clock, log, calls, readiness, answerBy };
  }

  it('is not ready before the first listing, and asks nobody', async () => {
    const { readiness, calls } = bench();
    expect(await readiness.fault()).to.match(/first listing/);
    expect(calls).to.have.length(0);
  });

  it('is ready while the platform answers, which is asked every five seconds at most', async () => {
    const { readiness, calls, clock } = bench();
    readiness.note('Started');
    expect(await Promise.all([readiness.fault(), readiness.fault()])).to.deep.equal([undefined, undefined]);
    await clock.advance(4_999);
    expect(await readiness.fault()).to.equal(undefined);
    expect(calls).to.have.length(1);
    await clock.advance(1);
    await readiness.fault();
    expect(calls).to.have.length(2);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('says by a code that the platform does not answer, the rest is for the log, once', async () => {
    const { readiness, clock, log, answerBy } = bench();
    readiness.note('Started');
    answerBy(async () => {
      throw new CcError('Unreachable', 'tcp://user:secret@host refuses');
    });
    expect(await readiness.fault())
      .to.match(/Unreachable/)
      .and.not.match(/secret/);
    await clock.advance(5_000);
    await readiness.fault();
    expect(log.take()).to.deep.equal(['warn']);
    answerBy(async () => {});
    await clock.advance(5_000);
    expect(await readiness.fault()).to.equal(undefined);
  });

  it('does not wait for one that hangs', async () => {
    const { readiness, clock, calls, answerBy } = bench();
    readiness.note('Started');
    answerBy(() => new Promise(() => {}));
    const asked = readiness.fault();
    await settle();
    await clock.advance(5_000);
    expect(await asked).to.match(/DeadlineExceeded/);
    expect(calls[0]?.aborted).to.equal(true);
  });

  it('is not ready any more once it stops', async () => {
    const { readiness } = bench();
    readiness.note('Started');
    await readiness.fault();
    readiness.note('Stopping');
    expect(await readiness.fault()).to.match(/stops/);
  });
});
