import { expect } from 'chai';
import { ServiceStates } from '../../../controllers/service-states.ts';
import type { StateFacts } from '../../../lib/service-manager/state-line.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { FakeServiceManager } from '../../fakes/fake-service-manager.ts';

const FACTS: StateFacts = { objects: 2, activeRuns: 0, maxRuns: 1, isComplete: true, faults: [] };
const LINE = 'STATUS=2 objects, 0 of 1 run active';

describe('what the service manager is told', () => {
  let clock: FakeClock;
  let log: FakeLog;
  let facts: StateFacts;

  beforeEach(() => {
    clock = new FakeClock();
    log = new FakeLog();
    facts = FACTS;
  });
  afterEach(() => expect(clock.pendingTimers()).to.equal(0));

  const made = (manager: FakeServiceManager | undefined) =>
    new ServiceStates({ manager, clock, log, monotonicUsec: () => 42n });
  const look = (): StateFacts => facts;

  it('follows start, reload and end', async () => {
    const manager = new FakeServiceManager();
    const states = made(manager);
    states.starting('listing the specs');
    states.ready(look);
    await clock.advance(0);
    await states.reloading();
    await states.reloaded();
    await states.stopping();
    await states.stopping();
    await states.reloaded();
    expect(manager.take()).to.deep.equal([
      'STATUS=Starting: listing the specs EXTEND_TIMEOUT_USEC=600000000',
      `READY=1 ${LINE}`,
      'RELOADING=1 MONOTONIC_USEC=42 STATUS=Reloading the configuration',
      `READY=1 ${LINE}`,
      'STOPPING=1 STATUS=Stopping; apps keep running',
    ]);
  });

  it('is a sign of life at half the time of the watchdog, with the line where that changed', async () => {
    const manager = new FakeServiceManager(60_000);
    const states = made(manager);
    states.ready(look);
    await clock.advance(0);
    manager.take();
    await clock.advance(29_999);
    expect(manager.take()).to.deep.equal([]);
    await clock.advance(1);
    facts = { ...FACTS, activeRuns: 1 };
    await clock.advance(60_000);
    expect(manager.take()).to.deep.equal([
      'WATCHDOG=1',
      'WATCHDOG=1 STATUS=2 objects, 1 of 1 run active',
      'WATCHDOG=1',
    ]);
    await states.stopping();
  });

  it('is no sign of life while the loop does not go on, which is logged once, and one as soon as it does', async () => {
    const manager = new FakeServiceManager(60_000);
    const states = made(manager);
    states.ready(look);
    await clock.advance(0);
    manager.take();
    facts = { ...FACTS, faults: ['nothing was listed'] };
    await clock.advance(90_000);
    expect(manager.take()).to.deep.equal(['STATUS=Stuck: nothing was listed']);
    expect(log.take()).to.deep.equal(['error']);
    facts = FACTS;
    await clock.advance(30_000);
    expect(manager.take()).to.deep.equal([`WATCHDOG=1 ${LINE}`]);
    await states.stopping();
  });

  it('comes again soon where it was not taken, readiness too', async () => {
    const manager = new FakeServiceManager(60_000);
    const states = made(manager);
    manager.failNext = 2;
    states.ready(look);
    await clock.advance(0);
    await clock.advance(5_000);
    expect(manager.take()).to.deep.equal([]);
    await clock.advance(5_000);
    expect(manager.take()).to.deep.equal([`READY=1 WATCHDOG=1 ${LINE}`]);
    manager.failNext = 1;
    await clock.advance(30_000);
    expect(manager.take()).to.deep.equal([]);
    await clock.advance(5_000);
    expect(manager.take()).to.deep.equal(['WATCHDOG=1']);
    await states.stopping();
  });

  it('is readiness after a reload too where a sign of before it is taken late, and the first one is not', async () => {
    const manager = new FakeServiceManager(60_000);
    const states = made(manager);
    states.ready(look);
    await clock.advance(0);
    manager.take();
    const { notify } = manager;
    const late = Promise.withResolvers<boolean>();
    manager.notify = () => late.promise;
    await clock.advance(30_000);
    manager.notify = async () => false;
    await states.reloaded();
    late.resolve(true);
    await clock.advance(0);
    manager.notify = notify;
    await clock.advance(5_000);
    expect(manager.take()).to.deep.equal([`READY=1 WATCHDOG=1 ${LINE}`]);
    await states.stopping();
  });

  it('is the line alone where there is no watchdog, and only what is new', async () => {
    const manager = new FakeServiceManager();
    const states = made(manager);
    states.ready(look);
    await clock.advance(0);
    manager.take();
    await clock.advance(120_000);
    facts = { ...FACTS, objects: 3 };
    await clock.advance(120_000);
    expect(manager.take()).to.deep.equal(['STATUS=3 objects, 0 of 1 run active']);
    await states.stopping();
  });

  it('is nothing where nobody asks: no timer, no look', async () => {
    const states = made(undefined);
    states.starting('anything');
    states.ready(() => expect.fail('looked'));
    await clock.advance(600_000);
    await states.stopping();
  });
});
