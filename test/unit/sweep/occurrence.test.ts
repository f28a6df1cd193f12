import { expect } from 'chai';
import fc from 'fast-check';
import type { SweepJournal } from '../../../controllers/sweep/journal.ts';
import { calendarOf, lastBetween, scheduleDigest } from '../../../controllers/sweep/occurrence.ts';
import { scheduleOf } from '../../../lib/schedule.ts';
import { sweepJournal, sweepSpec } from '../../builders/sweep-facts.ts';

const at = (time: string): number => Date.parse(time);
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NIGHTLY = sweepSpec({ schedule: '30 1 * * *', timeZone: 'Europe/London', jitter: '0s' });

/** What a Sweep does about its schedule, and nothing else. */
class Sweeper {
  readonly journal: SweepJournal = sweepJournal();
  readonly swept: string[] = [];
  readonly #spec: typeof NIGHTLY;

  constructor(spec = NIGHTLY) {
    this.#spec = spec;
  }

  look(now: number): void {
    const { journal } = this;
    const { stale, due } = calendarOf({ spec: this.#spec, uid: 'u', journal, now });
    const digest = scheduleDigest(this.#spec);
    if (stale) journal.schedule = { digest, settledMs: now };
    if (stale || due === undefined) return;
    this.swept.push(new Date(due.scheduleMs).toISOString());
    journal.taken = [due.scheduleMs, ...journal.taken].slice(0, 32);
    journal.schedule = { digest, settledMs: due.scheduleMs };
  }

  /** Looks so often, as a Sweep at rest does. */
  through(from: string, to: string, everyMs = 10 * MINUTE_MS): this {
    for (let now = at(from); now <= at(to); now += everyMs) this.look(now);
    return this;
  }
}

describe('times of a schedule', () => {
  it('is due at each once, after it was first seen', () => {
    const { swept } = new Sweeper().through('2026-01-10T00:00:00Z', '2026-01-12T12:00:00Z');
    expect(swept).to.deep.equal(['2026-01-10T01:30:00.000Z', '2026-01-11T01:30:00.000Z', '2026-01-12T01:30:00.000Z']);
  });

  it('is not due for what was before it was first seen', () => {
    expect(new Sweeper().through('2026-01-10T02:00:00Z', '2026-01-11T01:20:00Z').swept).to.deep.equal([]);
  });

  it('T63 once in the night that has no 01:30, once in the night that has it twice', () => {
    const spring = new Sweeper().through('2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z').swept;
    expect(spring).to.deep.equal(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
    const autumn = new Sweeper().through('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z').swept;
    expect(autumn).to.deep.equal(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it('T63 once in the night that has 01:30 twice, whenever the controller starts and how often it looks', () => {
    const minute = fc.integer({ min: 0, max: 180 });
    fc.assert(
      fc.property(minute, fc.array(minute, { minLength: 1, maxLength: 12 }), (first, looks) => {
        const sweeper = new Sweeper().through('2026-10-23T20:00:00Z', '2026-10-24T20:00:00Z', 60 * MINUTE_MS);
        const before = sweeper.swept.length;
        const start = at('2026-10-25T00:00:00Z') + first * MINUTE_MS;
        for (const one of looks.toSorted((a, b) => a - b)) sweeper.look(start + one * MINUTE_MS);
        sweeper.look(at('2026-10-25T12:00:00Z'));
        expect(sweeper.swept.length - before).to.equal(1);
      }),
      { numRuns: 25 },
    );
  });

  it('T59 a hundred that were missed are one, the last', () => {
    const sweeper = new Sweeper().through('2026-01-10T00:00:00Z', '2026-01-10T12:00:00Z');
    sweeper.look(at('2026-04-20T12:00:00Z'));
    sweeper.look(at('2026-04-20T12:10:00Z'));
    expect(sweeper.swept.slice(1)).to.deep.equal(['2026-04-20T00:30:00.000Z']);
  });

  it('T59 a year of missed minutes is found in a moment', () => {
    const schedule = scheduleOf('* * * * *', 'UTC');
    const now = at('2026-12-31T23:59:30Z');
    expect(lastBetween(schedule, at('2026-01-01T00:00:00Z'), now)).to.equal(at('2026-12-31T23:59:00Z'));
  });

  it('T63 a clock that jumps a day back sweeps for no time twice, one that jumps forward for one', () => {
    const sweeper = new Sweeper().through('2026-01-10T00:00:00Z', '2026-01-11T12:00:00Z');
    sweeper.through('2026-01-10T12:00:00Z', '2026-01-11T12:00:00Z');
    expect(sweeper.swept).to.deep.equal(['2026-01-10T01:30:00.000Z', '2026-01-11T01:30:00.000Z']);
    sweeper.look(at('2026-01-12T12:00:00Z'));
    expect(sweeper.swept.slice(2)).to.deep.equal(['2026-01-12T01:30:00.000Z']);
  });

  it('T63 a clock that was ten years ahead once does not stop the sweeps for ten years', () => {
    const sweeper = new Sweeper().through('2026-01-10T00:00:00Z', '2026-01-10T12:00:00Z');
    sweeper.look(at('2036-01-10T12:00:00Z'));
    sweeper.through('2026-01-10T13:00:00Z', '2026-01-11T12:00:00Z');
    expect(sweeper.swept).to.deep.equal([
      '2026-01-10T01:30:00.000Z',
      '2036-01-10T01:30:00.000Z',
      '2026-01-11T01:30:00.000Z',
    ]);
  });

  it('T63 no time twice, whatever the clock does', () => {
    const jump = fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS });
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 30 }), (jumps) => {
        const sweeper = new Sweeper();
        let now = at('2026-10-20T12:00:00Z');
        for (const ms of jumps) {
          now += ms;
          sweeper.look(now);
          sweeper.look(now + MINUTE_MS);
        }
        expect(new Set(sweeper.swept).size).to.equal(sweeper.swept.length);
      }),
      { numRuns: 60 },
    );
  });

  it('another schedule counts from when it is first seen', () => {
    const journal = sweepJournal({ schedule: { digest: scheduleDigest(NIGHTLY), settledMs: 0 } });
    const now = at('2026-01-10T12:00:00Z');
    const other = { ...NIGHTLY, schedule: '0 11 * * *' };
    expect(calendarOf({ spec: other, uid: 'u', journal, now })).to.include({ stale: true });
    expect(calendarOf({ spec: { ...NIGHTLY, jitter: '5m' }, uid: 'u', journal, now })).to.include({ stale: false });
  });

  describe('jitter', () => {
    const spec = { ...NIGHTLY, jitter: '10m' };
    const startOf = (uid: string, now: string): number => {
      const { next } = calendarOf({ spec, uid, journal: sweepJournal(), now: at(now) });
      return (next?.startMs ?? Number.NaN) - (next?.scheduleMs ?? 0);
    };

    it('is the same whenever it is asked, another one for each Sweep and time, and at most so long', () => {
      const times = ['2026-01-10T02:00:00Z', '2026-01-11T02:00:00Z', '2026-01-12T02:00:00Z'];
      const found = ['a', 'b'].flatMap((uid) => times.map((time) => startOf(uid, time)));
      expect(new Set(found).size).to.be.greaterThan(4);
      for (const ms of found) expect(ms).to.be.within(0, 10 * MINUTE_MS);
      expect(startOf('a', '2026-01-10T02:00:00Z')).to.equal(startOf('a', '2026-01-10T20:00:00Z'));
    });

    it('delays the start, and is waited for', () => {
      const noted = { schedule: { digest: scheduleDigest(spec), settledMs: at('2026-01-10T00:00:00Z') } };
      const scheduleMs = at('2026-01-10T01:30:00Z');
      const look = (now: number) => calendarOf({ spec, uid: 'u', journal: sweepJournal(noted), now });
      const { startMs } = look(scheduleMs).next ?? look(scheduleMs).due ?? { startMs: 0 };
      expect(look(startMs - 1).due).to.equal(undefined);
      expect(look(startMs - 1).next).to.deep.equal({ scheduleMs, startMs });
      expect(look(startMs).due).to.deep.equal({ scheduleMs, startMs });
    });

    it('that is longer than from one time to the next does not put it off for ever', () => {
      const often = new Sweeper(sweepSpec({ schedule: '* * * * *', timeZone: 'UTC', jitter: '10m' }));
      often.through('2026-01-10T00:00:00Z', '2026-01-10T00:20:00Z', 5_000);
      expect(often.swept.length).to.be.within(15, 21);
    });
  });
});
