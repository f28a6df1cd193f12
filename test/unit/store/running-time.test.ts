import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { agoMs, RunningTime } from '../../../lib/store/running-time.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

describe('RunningTime', () => {
  let directory: string;
  let wallMs = 1_000_000;
  let monotonic = 500;
  const clock: Clock = { ...systemClock, now: () => wallMs, monotonicMs: () => monotonic };
  const open = () => RunningTime.open({ path: join(directory, 'running-time.json'), clock, log: silentLog });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-time-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('I17 T63 counts what ran, over starts, whatever the wall clock does', async () => {
    const first = await open();
    monotonic += 4000;
    wallMs += 86_400_000;
    expect(first.nowMs()).to.equal(4000);
    await first.stop();
    monotonic = 3; // another boot
    wallMs -= 172_800_000;
    const second = await open();
    expect(second.nowMs()).to.equal(4000);
    monotonic += 10;
    expect(second.nowMs()).to.equal(4010);
  });

  it('a damaged or absurd count starts over, which only delays', async () => {
    for (const text of ['', '{"runningMs":-5}', '{"runningMs":"9"}', 'null']) {
      await writeFile(join(directory, 'running-time.json'), text);
      expect((await open()).nowMs()).to.equal(0);
    }
  });

  it('T63 tells seconds that a crash forgot from a count that was lost', () => {
    expect(agoMs(1_000, 5_000)).to.equal(4_000);
    expect(agoMs(60_000, 0)).to.equal(0);
    expect(agoMs(60_001, 0)).to.equal(Number.POSITIVE_INFINITY);
  });

  describe('is journaled', () => {
    let fake: FakeClock;
    let time: RunningTime;
    const journaled = () => existsSync(path()) && JSON.parse(readFileSync(path(), 'utf8')).runningMs;
    const path = () => join(directory, 'running-time.json');
    /** So many beats of five seconds, each journaled before the next. */
    const beats = async (count: number) => {
      for (let beat = 0; beat < count; beat += 1) {
        await fake.advance(5_000);
        while (fake.pendingTimers() === 0) await settle();
      }
    };
    beforeEach(async () => {
      fake = new FakeClock();
      time = await RunningTime.open({ path: path(), clock: fake, log: silentLog });
      time.start();
      await beats(1);
    });
    afterEach(() => time.cancel());

    it('T63 within five seconds after somebody was told a time', async () => {
      await beats(3);
      const told = time.nowMs();
      await beats(1);
      expect(journaled()).to.be.at.least(told);
    });

    it('again five seconds later where it could not be', async () => {
      await rm(directory, { recursive: true });
      time.nowMs();
      await beats(1);
      mkdirSync(directory);
      await beats(1);
      expect(journaled()).to.be.at.least(15_000);
    });

    it('T63 once a minute where nobody asks', async () => {
      const before = journaled();
      await beats(11);
      expect(journaled()).to.equal(before);
      await beats(1);
      expect(journaled()).to.equal(before + 60_000);
    });
  });

  it('goes on when it cannot be journaled', async () => {
    const time = await open();
    await rm(directory, { recursive: true });
    await writeFile(directory, 'in the way');
    await time.flush();
    monotonic += 7;
    expect(time.nowMs()).to.equal(7);
  });
});
