import type { NextAction } from '../../lib/api/index.ts';
import { toTime } from '../../lib/clock.ts';
import { againAction } from '../../lib/runtime/shown-failure.ts';
import type { WarmServiceStatusFacts } from './conditions.ts';
import { inUseMs, postponedMs, type RestReason, type WarmServiceAction, type WarmServiceFacts } from './plan.ts';

const MINUTE_MS = 60_000;

/** What a rest waits for; absent: it is at rest. */
const WAITS: Partial<Readonly<Record<RestReason, string>>> = {
  DependsOn: 'deploy once what comes first is ready',
  DependencyCycle: 'nothing until dependsOn is no circle any more',
  RollbackFailed: "roll back again after 'ccctl retry', or to another set by 'ccctl rollback'",
  NeverReleased: "look for a release at the next interval or 'ccctl reconcile'",
  NothingAllowed: "nothing until a new tag, a spec change or 'ccctl retry'",
  DataMissing: "nothing until the volumes are back or 'ccctl rollback'",
  Postponed: 'prepare it again',
  Unhealthy: 'look again',
  BackOff: 'repair',
  Flapping: "nothing until a spec change or 'ccctl retry'",
  Window: 'upgrade when the window opens',
  InUse: 'upgrade when no run uses it any more, at the latest then',
};

/** What happens next to a warm service, and when, for people; undefined at rest. Pure. */
export function nextActionOf({
  action,
  failure,
  now,
  view,
  waitingFor,
}: WarmServiceStatusFacts): NextAction | undefined {
  if (failure) return againAction(failure);
  if (action.type === 'Reject') return { what: 'nothing until the spec is accepted', reason: 'NotAccepted' };
  if (action.type === 'Operate') {
    const { next } = action;
    const step = next.next === 'Step' || next.next === 'Undo' ? next.step : next.next;
    const what = waitingFor === undefined ? step : `${step}: wait for ${waitingFor}`;
    return { what, reason: view.journal.operation?.type ?? 'Operate' };
  }
  if (action.type !== 'Rest') return { what: action.type, reason: action.type };
  const what = WAITS[action.reason];
  if (what === undefined) return undefined;
  const afterMs = untilMs(view.facts, action);
  if (afterMs === undefined) return { what, reason: action.reason };
  const due = now + afterMs;
  return { what, reason: action.reason, time: toTime(due - (due % MINUTE_MS) + MINUTE_MS) };
}

/** Until what is waited for is due; undefined: nobody can say. To the minute, so that the status does not flap. */
function untilMs(
  facts: WarmServiceFacts,
  { reason, afterMs }: WarmServiceAction & { type: 'Rest' },
): number | undefined {
  if (reason === 'Window') return facts.window.open ? 0 : facts.window.opensInMs;
  if (reason === 'Postponed') return postponedMs(facts);
  if (reason === 'InUse') return inUseMs(facts);
  return reason === 'BackOff' ? afterMs : undefined;
}
