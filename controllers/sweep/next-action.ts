import type { NextAction } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { againAction } from '../../lib/runtime/shown-failure.ts';
import type { SweepStatusFacts } from './conditions.ts';
import type { SweepRest } from './plan.ts';

type Facts = SweepStatusFacts['view']['facts'];

/** What a Sweep waits for, for people. */
const RESTS: Readonly<Record<SweepRest, (facts: Facts) => string | undefined>> = {
  Scheduled: () => 'start the next sweep',
  Suspended: () => undefined,
  RunsActive: ({ activeRuns }) => `start once no run is active: run/${activeRuns[0] ?? ''} is`,
  SweepActive: ({ activeSweeps }) => `start once sweep/${activeSweeps[0] ?? ''} has ended`,
  WarmService: ({ service }) => `wait for ws/${service?.row.name ?? ''} to look for releases and to settle`,
  RunActive: ({ recipe }) => `wait for run/${recipe?.row.run ?? ''}`,
  RunEnds: ({ recipe }) => `end once run/${recipe?.row.run ?? ''} is cancelled`,
  FetchRetry: ({ recipe }) => `fetch ${recipe?.row.recipe ?? ''} again`,
};

/** What happens next to a Sweep, and when, for people. Pure. */
export function nextActionOf({ view, action, failure }: SweepStatusFacts): NextAction | undefined {
  if (failure) return againAction(failure);
  if (action.type !== 'Rest') return { what: action.type, reason: action.type };
  const { facts } = view;
  const what = RESTS[action.reason](facts);
  if (what === undefined) return undefined;
  const { next } = facts.calendar;
  const time = action.reason === 'Scheduled' && next ? { time: toTime(next.startMs) } : {};
  return { what, reason: action.reason, ...time };
}
