import { type Condition, type StatedCondition, type SweepStatus, statedConditions } from '../../lib/api/index.ts';
import { present } from '../../lib/api/objects.ts';
import { renamedText } from '../../lib/app/renamed.ts';
import { toTime } from '../../lib/clock.ts';
import type { AcceptedReason, SweepReadyReason } from '../../lib/reasons/conditions.ts';
import type { PassFailure } from '../../lib/runtime/reconciler.ts';
import { failureCondition } from '../../lib/runtime/shown-failure.ts';
import { generationInForce } from '../../lib/store/spec-in-force.ts';
import { underWay } from './journal.ts';
import { nextActionOf } from './next-action.ts';
import type { SweepView } from './observe.ts';
import type { SweepAction } from './plan.ts';
import { recordOf } from './record.ts';

export interface SweepStatusFacts {
  view: SweepView;
  action: SweepAction;
  failure: PassFailure | undefined;
  now: number;
}

/** The status of a Sweep, from what is observed and journaled. Pure. */
export function sweepStatus(status: SweepStatusFacts): SweepStatus {
  const { object, journal, facts } = status.view;
  const [last] = journal.taken;
  const { due, next } = facts.calendar;
  const coming = facts.suspended ? undefined : (due ?? next);
  return present({
    observedGeneration: generationInForce(object),
    conditions: conditionsOf(status),
    nextAction: nextActionOf(status),
    lastScheduleTime: last === undefined ? undefined : toTime(last),
    nextScheduleTime: coming && toTime(coming.scheduleMs),
    lastSweep: journal.sweep && recordOf(journal.sweep),
    history: journal.history.length > 0 ? journal.history : undefined,
    lastHandledRequest: object.lastHandledRequest,
    suspended: facts.suspended ? (object.suspended ? { by: 'Request' } : { by: 'Spec', file: object.path }) : undefined,
    deletion: isGoing(status.view)
      ? { remaining: underWay(journal) ? ['the sweep under way'] : ['reports'] }
      : undefined,
  }) as SweepStatus;
}

function isGoing({ facts }: SweepView): boolean {
  return facts.deletion === 'Started' || facts.deletion === 'Destroying';
}

function conditionsOf(status: SweepStatusFacts): Condition[] {
  const { view, now } = status;
  const stated = [accepted(view), ready(view), ...troubles(status)];
  const at = { time: toTime(now), observedGeneration: generationInForce(view.object) };
  return statedConditions(view.journal.conditions, stated, at);
}

function accepted({ object, facts }: SweepView): StatedCondition {
  if (object.rejected) {
    const message = object.rejected.problems[0]?.message ?? 'the file is not valid; the last valid spec stays in force';
    return { type: 'Accepted', status: 'False', reason: object.rejected.reason, message };
  }
  if (!facts.accepted) return { type: 'Accepted', status: 'Unknown', reason: 'Pending', message: 'not looked at yet' };
  return { type: 'Accepted', status: 'True', reason: 'Valid', message: 'the spec is in force' };
}

type ReadyReason = SweepReadyReason | AcceptedReason;

function no(reason: ReadyReason, message: string): StatedCondition {
  return { type: 'Ready', status: 'False', reason, message };
}

/** Whether it does what it is for. A red recipe is that recipe's matter, and the result of the sweep. */
function ready(view: SweepView): StatedCondition {
  const { facts, journal, spec } = view;
  if (isGoing(view)) return leaving(view);
  if (facts.suspended) return no('Suspended', 'no sweep is started until it is resumed');
  if (facts.enrolled === 0) return no('NothingEnrolled', nothingText(spec.selector.matchLabels ?? {}));
  const unfetched = (journal.sweep?.recipes ?? []).filter(({ reason }) => reason === 'FetchFailed');
  const [first] = unfetched;
  if (first) {
    const names = unfetched.map(({ recipe }) => recipe).join(', ');
    return no('FetchFailed', `the last sweep could not fetch ${names}. ${first.recipe}: ${first.message ?? ''}`);
  }
  return { type: 'Ready', status: 'True', reason: 'Scheduled', message: 'sweeps by its schedule' };
}

function leaving({ object }: SweepView): StatedCondition {
  const { deletion } = object;
  if (deletion?.state === 'Started' && deletion.renamedTo)
    return no('Renamed', renamedText(object, deletion.renamedTo));
  return no('Deleting', 'the spec file is gone');
}

function nothingText(labels: Readonly<Record<string, string>>): string {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  if (wanted.length === 0)
    return 'no Canonical is enrolled, so a sweep would test nothing. Add the file of one to the spec directory.';
  return `no enrolled Canonical has the labels ${wanted.join(', ')}, so a sweep would test nothing. Correct spec.selector, or label one.`;
}

function troubles({ view, failure, action }: SweepStatusFacts): StatedCondition[] {
  if (failure) return [failureCondition(failure)];
  if (underWay(view.journal) === undefined) return [];
  const reason = action.type === 'Rest' ? action.reason : action.type;
  return [{ type: 'Reconciling', status: 'True', reason: 'Sweeping', message: `a sweep is under way: ${reason}` }];
}
