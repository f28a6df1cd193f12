import { parseDuration } from '../../lib/api/duration.ts';
import type { DefaultedSweepSpec } from '../../lib/api/index.ts';
import { canonicalDigest, sha256 } from '../../lib/digest.ts';
import { type Schedule, scheduleOf } from '../../lib/schedule.ts';
import type { SweepJournal } from './journal.ts';

/** A time of the schedule, and when its sweep starts: some jitter later. Milliseconds since the epoch. */
export interface Occurrence {
  scheduleMs: number;
  startMs: number;
}

export interface Calendar {
  /** Nothing was noted about this schedule, or the clock went back behind what was: it counts from now on. */
  stale: boolean;
  /** Its time has come; of several that were missed the last one. */
  due?: Occurrence;
  /** The next one after it. */
  next?: Occurrence;
}

interface CalendarFacts {
  spec: Pick<DefaultedSweepSpec, 'schedule' | 'timeZone' | 'jitter'>;
  uid: string;
  journal: Pick<SweepJournal, 'schedule' | 'taken'>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Names a schedule: another one has other times. Pure. */
export function scheduleDigest({ schedule, timeZone }: CalendarFacts['spec']): string {
  return canonicalDigest({ schedule, timeZone });
}

/** What the schedule asks for at this time. Pure. */
export function calendarOf({ spec, uid, journal, now }: CalendarFacts): Calendar {
  const schedule = scheduleOf(spec.schedule, spec.timeZone);
  const jitterMs = parseDuration(spec.jitter);
  const isTaken = (ms: number): boolean => journal.taken.includes(ms);
  const at = (ms: number): Occurrence => ({ scheduleMs: ms, startMs: ms + jitterOf({ schedule, uid, jitterMs, ms }) });
  const comes = nextNotTaken(schedule, now, isTaken);
  const next = comes === undefined ? {} : { next: at(comes) };
  const noted = journal.schedule;
  if (noted === undefined || noted.digest !== scheduleDigest(spec) || noted.settledMs > now)
    return { stale: true, ...next };
  const last = lastBetween(schedule, noted.settledMs, now);
  if (last === undefined || isTaken(last)) return { stale: false, ...next };
  const missed = at(last);
  return missed.startMs <= now ? { stale: false, due: missed, ...next } : { stale: false, next: missed };
}

/** The last time that the schedule names after one moment and not after another; undefined: it names none. Pure. */
export function lastBetween(schedule: Schedule, afterMs: number, untilMs: number): number | undefined {
  const isNamedAfter = (ms: number): boolean => (schedule.nextAfter(ms) ?? Number.POSITIVE_INFINITY) <= untilMs;
  if (afterMs >= untilMs || !isNamedAfter(afterMs)) return undefined;
  let early = afterMs;
  let late = untilMs;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (isNamedAfter(middle)) early = middle;
    else late = middle;
  }
  return schedule.nextAfter(early);
}

function nextNotTaken(schedule: Schedule, now: number, isTaken: (ms: number) => boolean): number | undefined {
  let next = schedule.nextAfter(now);
  while (next !== undefined && isTaken(next)) next = schedule.nextAfter(next);
  return next;
}

interface JitterFacts {
  schedule: Schedule;
  uid: string;
  jitterMs: number;
  ms: number;
}

/** The same for an occurrence however often it is asked, and shorter than the time to the next one. */
function jitterOf({ schedule, uid, jitterMs, ms }: JitterFacts): number {
  const gapMs = (schedule.nextAfter(ms) ?? Number.POSITIVE_INFINITY) - ms;
  const longestMs = Math.max(0, Math.min(jitterMs, gapMs - 1));
  return Number.parseInt(sha256(`${uid}/${ms}`).slice(0, 8), 16) % (longestMs + 1);
}
