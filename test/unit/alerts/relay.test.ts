import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import { AlertRelay } from '../../../lib/alerts/relay.ts';
import { systemClock } from '../../../lib/clock.ts';
import { anAlert } from '../../builders/alert.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { FakeSink } from '../../fakes/fake-sink.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const MINUTE = 60_000;
/** Bound of every wait for files that are read and written, milliseconds. */
const PATIENCE_MS = 10_000;

describe('the relay of alerts', () => {
  let root: string;
  let clock: FakeClock;
  let log: FakeLog;
  let files: AlertFiles;
  let one: FakeSink;
  let two: FakeSink;
  const relays: AlertRelay[] = [];

  beforeEach(async () => {
    root = await realpath(mkdtempSync(join(tmpdir(), 'ccci-relay-')));
    clock = new FakeClock();
    log = new FakeLog();
    files = new AlertFiles(root);
    one = new FakeSink('one');
    two = new FakeSink('two');
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    expect(clock.pendingTimers()).to.equal(0);
    rmSync(root, { recursive: true, force: true });
  });

  function started(sinks: readonly FakeSink[]): AlertRelay {
    const relay = new AlertRelay({ files, sinks, clock, log, random: () => 0.5 });
    relays.push(relay);
    relay.start();
    return relay;
  }

  const create = (...ids: string[]): Promise<unknown> =>
    Promise.all(ids.map((id, n) => files.create(anAlert({ id, time: `2030-01-01T00:00:0${n}.000Z` }))));
  const idsOf = async (place: 'pending' | 'seen'): Promise<string[]> =>
    (await files[place]()).alerts.map(({ id }) => id).sort();

  /** The clock stands still meanwhile. */
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = systemClock.monotonicMs() + PATIENCE_MS;
    while (systemClock.monotonicMs() < end) {
      if (await holds()) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect.fail('it never came to that');
  }

  /** Until every queue naps. */
  const atRest = (queues: number): Promise<void> => until(() => clock.pendingTimers() === queues);

  /** Lets time pass and the queues come to rest again. */
  async function pass(ms: number, queues = 1): Promise<void> {
    await atRest(queues);
    await clock.advance(ms);
    await atRest(queues);
  }

  it('brings each alert to each sink once, in their order, and then it is seen', async () => {
    await create('a', 'b', 'c');
    started([one, two]);
    await until(async () => (await idsOf('seen')).length === 3);
    for (const sink of [one, two]) expect(sink.calls).to.deep.equal(['a', 'b', 'c']);
    expect(await idsOf('pending')).to.deep.equal([]);
    await pass(10 * MINUTE, 2);
    expect(one.calls).to.have.length(3);
    expect(one.taken[0]).to.deep.equal((({ deliveries: _, ...alert }) => alert)(anAlert({ id: 'a' })));
  });

  it('goes by other sinks from a reload on: what is owed goes to those alone', async () => {
    await create('a');
    const relay = started([one]);
    await until(async () => (await idsOf('seen')).length === 1);
    await atRest(1);
    relay.use([two]);
    await create('b');
    relay.wake();
    await until(async () => (await idsOf('seen')).length === 2);
    expect([one.calls, two.calls, relay.sinks]).to.deep.equal([['a'], ['b'], 1]);
    relay.use([]);
    await create('c');
    await until(() => clock.pendingTimers() === 0);
    expect(await idsOf('pending')).to.deep.equal(['c']);
    await relay.stop();
    relay.use([one]);
    expect(one.calls).to.deep.equal(['a']);
  });

  it('brings what is raised later at once', async () => {
    const relay = started([one]);
    await atRest(1);
    await create('a');
    relay.wake();
    await until(async () => (await idsOf('seen')).length === 1);
  });

  it('finds by itself what nobody told it of', async () => {
    started([one]);
    await atRest(1);
    await create('a');
    await pass(MINUTE);
    expect(one.takenIds()).to.deep.equal(['a']);
  });

  it('without sinks alerts stay where they are', async () => {
    await create('a');
    const relay = started([]);
    relay.wake();
    await relay.stop();
    expect(await idsOf('pending')).to.deep.equal(['a']);
  });

  it('a sink that hangs holds up no other, and loses nothing', async () => {
    two.act = () => 'Hang';
    await create('a', 'b');
    const relay = started([one, two]);
    await until(() => one.taken.length === 2 && two.calls.length === 1);
    await until(async () => (await files.pending()).alerts.every(({ deliveries }) => deliveries.length === 2));
    expect(await idsOf('pending')).to.deep.equal(['a', 'b']);
    await relay.stop();
    two.act = () => 'Take';
    started([one, two]);
    await until(async () => (await idsOf('seen')).length === 2);
    expect(two.takenIds()).to.deep.equal(['a', 'b']);
    expect(one.calls).to.deep.equal(['a', 'b']);
  });

  it('a sink that fails is asked again and again, ever more rarely, five minutes at the most', async () => {
    one.act = () => 'Refuse';
    await create('a');
    started([one]);
    const gaps: number[] = [];
    for (let last = 0; gaps.length < 14; ) {
      const { length } = one.calls;
      await pass(500);
      if (one.calls.length === length) continue;
      gaps.push(clock.monotonicMs() - last);
      last = clock.monotonicMs();
    }
    expect(gaps[0]).to.be.below(2_000);
    expect(gaps.toSorted((x, y) => x - y)).to.deep.equal(gaps);
    expect(gaps.at(-1)).to.be.within(4 * MINUTE, 5 * MINUTE + 1_000);
    one.act = () => 'Take';
    await pass(6 * MINUTE);
    expect(one.takenIds()).to.deep.equal(['a']);
    expect(await idsOf('seen')).to.deep.equal(['a']);
  }).timeout(60_000);

  it('T63 jumps of the wall clock neither hasten nor hold up a try', async () => {
    one.act = () => 'Refuse';
    await create('a');
    started([one]);
    await atRest(1);
    clock.jump(1_000 * MINUTE);
    await pass(100);
    expect(one.calls).to.have.length(1);
    clock.jump(-2_000 * MINUTE);
    await pass(2_000);
    expect(one.calls).to.have.length(2);
  });

  it('one alert that is never taken holds up no other', async () => {
    one.act = ({ id }) => (id === 'a' ? 'Refuse' : 'Take');
    await create('a', 'b');
    const relay = started([one]);
    await pass(10 * MINUTE);
    await create('c');
    relay.wake();
    await until(() => one.takenIds().includes('c'));
    await until(async () => (await idsOf('seen')).length === 2);
    expect(one.takenIds()).to.deep.equal(['b', 'c']);
    expect(await idsOf('pending')).to.deep.equal(['a']);
  });

  it('a sink that takes nothing is not flooded: three tries, then a pause', async () => {
    one.act = () => 'Refuse';
    await create(...'abcdefghi');
    const relay = started([one]);
    await atRest(1);
    expect(one.calls).to.deep.equal(['a', 'b', 'c']);
    relay.wake();
    await pass(100);
    expect(one.calls).to.have.length(3);
    await pass(1_000);
    expect(one.calls.slice(3)).to.deep.equal(['d', 'e', 'f']);
  });

  it('says what fails, once while it fails alike, and keeps it for people', async () => {
    one.act = () => 'Refuse';
    await create('a');
    started([one]);
    for (let n = 0; n < 5; n += 1) await pass(30_000);
    expect(log.lines.filter(({ level }) => level === 'warn')).to.have.length(1);
    const [alert] = (await files.pending()).alerts;
    expect(alert?.deliveries[0]).to.deep.include({ sink: 'one', name: 'sink one' });
    expect(alert?.deliveries[0]?.failures).to.be.at.least(4);
    expect(alert?.deliveries[0]?.lastFailure?.message).to.be.a('string').and.include('500');
  });

  it('a sink that is added later gets what is not seen yet; one that is removed is waited for no more', async () => {
    two.act = () => 'Refuse';
    await create('a');
    const before = started([one, two]);
    await until(() => one.taken.length === 1 && two.calls.length === 1);
    await before.stop();
    const three = new FakeSink('three');
    started([three, one]);
    await until(async () => (await idsOf('seen')).length === 1);
    expect(three.takenIds()).to.deep.equal(['a']);
    expect(one.takenIds()).to.deep.equal(['a']);
  });

  it('what was delivered, and a crash came before it was moved, is moved and not delivered again', async () => {
    const time = '2030-01-01T00:00:00.000Z';
    await files.create(anAlert({ deliveries: [{ sink: 'one', name: 'sink one', failures: 0, deliveredTime: time }] }));
    started([one]);
    await until(async () => (await idsOf('seen')).length === 1);
    expect(one.calls).to.deep.equal([]);
  });

  it('T64 a delivery that cannot be noted is not made again by this process, and noted later', async () => {
    await create('a');
    const calls = await FileCalls.on(root);
    try {
      for (let n = 0; n < 3; n += 1) calls.failNext(/^open .*\.tmp-a/, 'ENOSPC');
      started([one]);
      for (let n = 0; n < 6; n += 1) await pass(2 * MINUTE);
      expect(calls.hasDoneAll()).to.equal(true);
    } finally {
      calls.stop();
    }
    expect(one.calls).to.deep.equal(['a']);
    expect(await idsOf('seen')).to.deep.equal(['a']);
  });

  it('T84 a damaged file stops nothing else, and is taken up once it is back', async () => {
    await create('a', 'b');
    const path = join(root, 'alerts', 'a.json');
    const whole = readFileSync(path);
    for (const garbage of ['', '\0\0', '[]']) {
      writeFileSync(path, garbage);
      const relay = started([one, two]);
      await until(() => one.takenIds().includes('b') && two.takenIds().includes('b'));
      await relay.stop();
    }
    expect(one.calls).to.deep.equal(['b']);
    expect(
      log.lines.filter(({ level, fields }) => level === 'warn' && String(fields.error).includes(path)),
    ).to.have.length(3);
    writeFileSync(path, whole);
    started([one]);
    await until(() => one.takenIds().includes('a'));
  });

  it('T81 alerts that cannot be listed for the moment are listed later', async () => {
    await create('a');
    const calls = await FileCalls.on(root);
    try {
      for (let n = 0; n < 3; n += 1) calls.failNext(/^readdir/, 'EMFILE');
      started([one]);
      for (let n = 0; n < 5; n += 1) await pass(MINUTE);
    } finally {
      calls.stop();
    }
    expect(one.takenIds()).to.deep.equal(['a']);
  });

  it('stops in the middle of a delivery, which then was none, and may be stopped twice', async () => {
    one.act = () => 'Hang';
    await create('a');
    const relay = started([one]);
    await until(() => one.calls.length === 1);
    await Promise.all([relay.stop(), relay.stop()]);
    expect((await files.pending()).alerts).to.deep.equal([anAlert({ id: 'a' })]);
    expect(log.take()).to.deep.equal([]);
  });
});
