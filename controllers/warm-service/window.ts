import { parseDuration } from '../../lib/api/duration.ts';
import type { Window } from '../../lib/api/index.ts';
import { scheduleOf } from '../../lib/schedule.ts';
import type { WarmServiceFacts } from './plan.ts';

/** Whether upgrades may start at this time, milliseconds since the epoch; without a window always. Pure. */
export function windowOf(window: Window | undefined, now: number): WarmServiceFacts['window'] {
  if (window === undefined) return { open: true };
  const { schedule, timeZone = 'UTC', duration } = window;
  // The first opening that is not over yet.
  const opening = scheduleOf(schedule, timeZone).nextAfter(now - parseDuration(duration));
  if (opening === undefined) return { open: false, opensInMs: undefined };
  return opening <= now ? { open: true } : { open: false, opensInMs: opening - now };
}
