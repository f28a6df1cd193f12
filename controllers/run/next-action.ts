import type { NextAction } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import type { PassFailure } from '../../lib/runtime/reconciler.ts';
import { againAction } from '../../lib/runtime/shown-failure.ts';
import { currentAttempt, type RunJournal } from './journal.ts';
import type { RunAction } from './plan.ts';

export interface NextActionFacts {
  journal: RunJournal;
  action: RunAction;
  /** Milliseconds since the epoch. */
  now: number;
  /** What the step under way waits for. */
  waitingFor: string | undefined;
  /** How the last pass failed, while it did. */
  failure: PassFailure | undefined;
}

/** What happens next to a run, and when, for people; undefined at rest. Pure. */
export function nextActionOf({ journal, action, now, waitingFor, failure }: NextActionFacts): NextAction | undefined {
  if (failure) return againAction(failure);
  const at = (afterMs: number | undefined): { time?: string } =>
    afterMs === undefined ? {} : { time: toTime(now + afterMs) };
  switch (action.type) {
    case 'Rest':
      return action.reason === 'HeldForALook'
        ? { what: 'tear down the held app', reason: action.reason, ...at(action.afterMs) }
        : undefined;
    case 'WaitForSlot':
      return action.reason === 'DiskFloor'
        ? { what: 'start when the disk has room again', reason: action.reason }
        : { what: 'start when a run slot is free', reason: action.reason };
    case 'WaitForRetry':
      return { what: 'start the next attempt', reason: 'InfraFault', ...at(action.afterMs) };
    case 'RunStep':
      return {
        what: waitingFor ? `${action.stage}: wait for ${waitingFor}` : `${action.stage}, step ${action.step + 1}`,
        reason: action.stage,
      };
    case 'TearDown':
      return { what: `tear down ${currentAttempt(journal)?.domain ?? ''}`.trim(), reason: 'Teardown' };
    default:
      return { what: action.type, reason: action.type };
  }
}
