import type { NextAction } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { againAction } from '../../lib/runtime/shown-failure.ts';
import type { CanonicalStatusFacts } from './conditions.ts';
import { type CanonicalAction, isInBackground } from './plan.ts';

/** Rounding of times that are computed anew in each pass, so that the status does not flap. */
const MINUTE_MS = 60_000;

/** What happens next to a canonical, and when, for people; undefined at rest. Pure. */
export function nextActionOf(facts: CanonicalStatusFacts): NextAction | undefined {
  const { action, failure } = facts;
  if (failure) return againAction(failure);
  if (action.type === 'Reject') return { what: 'nothing until the spec is accepted', reason: 'NotAccepted' };
  if (action.type === 'Rest') return nextOfRest(facts, action) ?? nextOfDeletion(facts);
  return isInBackground(action) ? nextBeside(facts) : { what: action.type, reason: action.type };
}

/** What comes next is not what is done meanwhile. */
function nextBeside(facts: CanonicalStatusFacts): NextAction | undefined {
  const waits = facts.view.facts.lease && nextOfRest(facts, { type: 'Rest', reason: 'Leased', afterMs: 0 });
  return waits ?? nextOfDeletion(facts);
}

function nextOfRest(facts: CanonicalStatusFacts, action: CanonicalAction & { type: 'Rest' }): NextAction | undefined {
  const { view, now } = facts;
  const { reason, afterMs } = action;
  if (reason === 'Leased')
    return { what: `wait for run/${view.facts.lease?.holder ?? ''} to give the lease back`, reason };
  if (reason === 'RunsEnding') return { what: `undeploy once run/${view.facts.lease?.holder ?? ''} has ended`, reason };
  if (reason === 'Seeding') return { what: `wait for run/${view.journal.seed?.run ?? ''}`, reason };
  if (reason === 'DataRetention') return { what: 'remove the data', reason, time: toTime(nextMinute(now, afterMs)) };
  if (reason === 'SeedFailed') return { what: "nothing until a new tag, a spec change or 'ccctl retry'", reason };
  if (reason === 'NeverReleased') return { what: "look for a release at the next resync or 'ccctl reconcile'", reason };
  return undefined;
}

/** The grace time of a file that is gone is the store's to count. */
function nextOfDeletion({ view }: CanonicalStatusFacts): NextAction | undefined {
  if (view.facts.deletion !== 'Missing') return undefined;
  if (view.object.deletion?.renamedTo)
    return { what: 'undeploy after deletionGrace unless the old name is put back', reason: 'Renamed' };
  return { what: 'undeploy after deletionGrace unless the spec file returns', reason: 'FileMissing' };
}

function nextMinute(now: number, afterMs: number): number {
  return now - (now % MINUTE_MS) + Math.ceil(afterMs / MINUTE_MS) * MINUTE_MS;
}
