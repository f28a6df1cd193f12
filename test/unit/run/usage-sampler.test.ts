import { expect } from 'chai';
import { UsageSampler } from '../../../controllers/run/steps/usage-sampler.ts';
import { CcError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import type { ServiceUsage, UsageKind } from '../../../lib/platform/platform.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const never = new AbortController().signal;
const PLACE = { domain: 'notes.ci.localhost', stage: 'Install' } as const;

describe('sampling what an app uses', () => {
  let clock: FakeClock;
  let asked: UsageKind[];
  /** What the platform does; default: one service that holds 10 more bytes at each look. */
  let answer: (kind: UsageKind, signal: AbortSignal) => Promise<ServiceUsage[]>;
  let sampler: UsageSampler;

  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    answer = async (kind) =>
      kind === 'Memory'
        ? [{ service: 'app', memory: [{ id: '1', bytes: 10 * asked.length }] }]
        : [{ service: 'app', diskBytes: 7 }];
    const usage = async (_app: unknown, [kind = 'Memory']: readonly UsageKind[], signal: AbortSignal) => {
      asked.push(kind);
      return await answer(kind, signal);
    };
    sampler = new UsageSampler({ platform: { usage }, clock, log: silentLog });
  });

  /** A step that takes so long. */
  const step = async (ms: number, place: Parameters<UsageSampler['during']>[0] = PLACE): Promise<void> => {
    const over = Promise.withResolvers<void>();
    const done = sampler.during(place, never, () => over.promise);
    await clock.advance(ms);
    over.resolve();
    await done;
  };
  const last = async (place: Parameters<UsageSampler['last']>[0] = PLACE) => await sampler.last(place, never);

  it('looks at memory every two seconds and at the disk every ten while a step lasts, and once more at the end', async () => {
    await step(11_000);
    expect(asked.filter((kind) => kind === 'Memory')).to.have.lengthOf(5);
    expect(asked.filter((kind) => kind === 'Disk')).to.have.lengthOf(1);
    expect(clock.pendingTimers()).to.equal(0);
    expect(await last()).to.deep.equal({
      samples: 6,
      services: [{ service: 'app', peakMemoryBytes: 70, diskBytes: 7 }],
    });
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('goes on counting over short steps, and asks nothing in between', async () => {
    for (let time = 0; time < 10; time += 1) {
      await step(300);
      await clock.advance(300);
    }
    expect(asked.length).to.be.within(1, 3);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('measures no stage without an app, and gives each stage its own', async () => {
    await step(20_000, { ...PLACE, stage: 'Lint' });
    expect(await last({ ...PLACE, stage: 'Prepare' })).to.equal(undefined);
    expect(asked).to.deep.equal([]);
    await step(5_000);
    expect(sampler.gathered(PLACE)).to.include({ samples: 2 });
    expect(await last({ ...PLACE, stage: 'Upgrade' })).to.include({ samples: 1 });
    expect(sampler.gathered(PLACE)).to.equal(undefined);
    sampler.forget(PLACE.domain);
    expect(sampler.gathered({ ...PLACE, stage: 'Upgrade' })).to.equal(undefined);
  });

  it('a step gets what it gives and throws, whatever becomes of the samples', async () => {
    answer = async () => {
      throw new CcError('Unreachable', 'gone');
    };
    const failing = sampler.during(PLACE, never, async () => {
      await clock.sleep(7_000);
      throw new CcError('CommandFailed', 'the step');
    });
    const code = failing.catch((error: CcError) => error.code);
    await clock.advance(7_000);
    expect(await code).to.equal('CommandFailed');
    expect(await sampler.during(PLACE, never, async () => 'given')).to.equal('given');
    expect(await last()).to.deep.equal({ samples: 0, services: [], gap: 'Unreadable' });
  });

  it('a platform that never answers, not even to its signal, is given up after seconds, and then asked more rarely', async () => {
    answer = () => new Promise(() => {});
    const over = Promise.withResolvers<void>();
    const done = sampler.during(PLACE, never, () => over.promise);
    await clock.advance(60_000);
    expect(asked.length).to.be.within(2, 6);
    over.resolve();
    await clock.advance(3_000);
    await done;
    const usage = sampler.last(PLACE, never);
    await clock.advance(4_000);
    expect(await usage).to.deep.equal({ samples: 0, services: [], gap: 'Unreadable' });
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('ends with the signal of the stage, and breaks a walk off when its step is over', async () => {
    const heard: string[] = [];
    answer = (kind, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          heard.push(kind);
          reject(new CcError('Aborted', 'x'));
        });
      });
    const stop = new AbortController();
    const stopped = sampler.during(PLACE, stop.signal, () => clock.sleep(60_000, stop.signal)).catch(() => 'ended');
    await clock.advance(2_500);
    stop.abort();
    expect(await stopped).to.equal('ended');
    expect(heard).to.deep.equal(['Memory']);
    const walk = answer;
    answer = (kind, signal) => (kind === 'Memory' ? Promise.resolve([]) : walk(kind, signal));
    const over = Promise.withResolvers<void>();
    const walking = sampler.during(PLACE, never, () => over.promise);
    await clock.advance(8_000);
    expect(asked.at(-1)).to.equal('Disk');
    over.resolve();
    await walking;
    expect(heard).to.deep.equal(['Memory', 'Disk']);
    expect(sampler.gathered(PLACE)).to.equal(undefined);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('asks nothing for a stage whose signal is gone', async () => {
    expect(await sampler.last(PLACE, AbortSignal.abort())).to.equal(undefined);
    expect(asked).to.deep.equal([]);
  });
});
