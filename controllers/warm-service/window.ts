import { Cron } from 'croner';
import { parseDuration } from '../../lib/api/duration.ts';
import type { Window } from '../../lib/api/index.ts';
import type { WarmServiceFacts } from './plan.ts';

/** Whether upgrades may start at this time, milliseconds since the epoch; without a window always. Pure. */
export function windowOf(window: Window | undefined, now: number): WarmServiceFacts['window'] {
  if (window === undefined) return { open: true };
  const { schedule, timeZone, duration } = window;
  const cron = new Cron(schedule, { timezone: timeZone ?? 'UTC', paused: true });
  // The first opening that is not over yet.
  const opening = cron.nextRun(new Date(now - parseDuration(duration)))?.getTime();
  if (opening === undefined) return { open: false, opensInMs: Number.MAX_SAFE_INTEGER };
  return opening <= now ? { open: true } : { open: false, opensInMs: opening - now };
}
