import { type Condition, type StatedCondition, statedConditions, type WarmServiceStatus } from '../../lib/api/index.ts';
import { present } from '../../lib/api/objects.ts';
import { renamedText } from '../../lib/app/renamed.ts';
import { toTime } from '../../lib/clock.ts';
import type { ReleasedRevision } from '../../lib/known-good/last-good.ts';
import { isGivenUp } from '../../lib/known-good/warm-record.ts';
import type { ActReason } from '../../lib/reasons/acts.ts';
import type { AcceptedReason } from '../../lib/reasons/conditions.ts';
import type { WarmServiceReason } from '../../lib/reasons/warm-services.ts';
import type { PassFailure } from '../../lib/runtime/reconciler.ts';
import { failureCondition } from '../../lib/runtime/shown-failure.ts';
import { generationInForce } from '../../lib/store/spec-in-force.ts';
import type { Edit, Newest } from './journal.ts';
import { nextActionOf } from './next-action.ts';
import { WARM_OPERATIONS } from './operations.ts';
import type { RestReason, WarmServiceAction } from './plan.ts';
import type { WarmServiceView } from './site.ts';

const MINUTE_MS = 60_000;

export interface WarmServiceStatusFacts {
  view: WarmServiceView;
  action: WarmServiceAction;
  platform: WarmServiceStatus['platform'];
  /** What the operation in flight waited for last. */
  waitingFor?: string | undefined;
  failure: PassFailure | undefined;
  now: number;
}

/** The status of a warm service, from what is observed and journaled. Pure. */
export function warmServiceStatus(facts: WarmServiceStatusFacts): WarmServiceStatus {
  const { view, now } = facts;
  const { object, journal, domain, facts: seen } = view;
  return present({
    observedGeneration: generationInForce(object),
    conditions: conditionsOf(facts),
    nextAction: nextActionOf(facts),
    domain: journal.domain ?? domain,
    url: view.health.url ?? journal.applied?.url,
    platform: facts.platform,
    version: versionsOf(view),
    approved: journal.approved,
    quarantine: quarantineOf(view, now),
    snapshot: journal.snapshot,
    failedSets: failedSetsOf(view, now),
    operation: operationShown(view),
    leases: seen.inUse.length > 0 ? [...seen.inUse] : undefined,
    history: journal.history.length > 0 ? journal.history : undefined,
    lastHandledRequest: object.lastHandledRequest,
    suspended: seen.suspended ? (object.suspended ? { by: 'Request' } : { by: 'Spec', file: object.path }) : undefined,
    deletion: deletionOf(view),
  }) as WarmServiceStatus;
}

function versionsOf({ journal, lastGood, facts }: WarmServiceView): WarmServiceStatus['version'] {
  const { newest } = journal;
  const current = facts.app.state === 'Up' || facts.app.state === 'Unhealthy' ? lastGood?.version : undefined;
  const versions = present({
    current,
    lastGood: lastGood?.version,
    latest: newest?.latest?.version,
    held: newest?.held?.version ?? (waitingEdit(facts, newest) ? lastGood?.version : undefined),
  });
  return Object.keys(versions).length > 0 ? (versions as WarmServiceStatus['version']) : undefined;
}

function quarantineOf({ journal, facts }: WarmServiceView, now: number): WarmServiceStatus['quarantine'] {
  const open = journal.quarantine.filter(({ untilRunningMs }) => untilRunningMs > facts.runningMs);
  if (open.length === 0) return undefined;
  return open.map(({ untilRunningMs, ...one }) => ({
    ...one,
    until: wallTimeOf(untilRunningMs, facts.runningMs, now),
  }));
}

function failedSetsOf({ journal, facts }: WarmServiceView, now: number): WarmServiceStatus['failedSets'] {
  const { failedSets = [] } = journal;
  if (failedSets.length === 0) return undefined;
  return failedSets.map(({ id, version, time, lossWindow, untilRunningMs }) => {
    return { id, version, time, lossWindow, expires: wallTimeOf(untilRunningMs, facts.runningMs, now) };
  });
}

/** A time of the running-time counter by the wall clock, to the minute, so that the status does not flap. Pure. */
export function wallTimeOf(untilRunningMs: number, runningMs: number, now: number): string {
  return toTime(Math.round((now + untilRunningMs - runningMs) / MINUTE_MS) * MINUTE_MS);
}

function operationShown({ journal }: WarmServiceView): WarmServiceStatus['operation'] {
  const { operation } = journal;
  if (operation === undefined) return undefined;
  const { id, type, steps, from, to, startTime } = operation;
  const { steps: forward, back } = WARM_OPERATIONS[type];
  const step =
    steps.failure === undefined
      ? (forward.find((one) => !steps.done.includes(one)) ?? forward.at(-1))
      : (back.find((one) => !steps.undone.includes(one)) ?? back.at(-1));
  const of = ({ version, commit }: { version: string; commit: string }) => ({ version, commit });
  return {
    id,
    type,
    step: step ?? type,
    ...(from === undefined ? {} : { from: of(from) }),
    to: of(to),
    startTime,
  };
}

function deletionOf({ object, facts, journal }: WarmServiceView): WarmServiceStatus['deletion'] {
  if (!object.deletion || object.deletion.state === 'Missing') return undefined;
  return { remaining: facts.retain ? [] : (journal.remaining ?? ['data']) };
}

function conditionsOf(facts: WarmServiceStatusFacts): Condition[] {
  const { view, now } = facts;
  const stated = [
    accepted(view),
    ready(facts),
    healthy(view),
    ...stalled(facts),
    ...reconciling(facts),
    ...held(view),
    ...drifted(view),
  ];
  const at = { time: toTime(now), observedGeneration: generationInForce(view.object) };
  return statedConditions(view.journal.conditions, stated, at);
}

function accepted({ object, facts }: WarmServiceView): StatedCondition {
  if (object.rejected) {
    const message = object.rejected.problems[0]?.message ?? 'the file is not valid; the last valid spec stays in force';
    return { type: 'Accepted', status: 'False', reason: object.rejected.reason, message };
  }
  if (facts.rejection) return { type: 'Accepted', status: 'False', ...facts.rejection };
  if (!facts.claimed || !facts.noted)
    return { type: 'Accepted', status: 'Unknown', reason: 'Pending', message: 'the claim on the domain comes first' };
  return { type: 'Accepted', status: 'True', reason: 'Valid', message: 'the spec is in force' };
}

type ReadyReason = WarmServiceReason | AcceptedReason;

function no(reason: ReadyReason, message: string): StatedCondition {
  return { type: 'Ready', status: 'False', reason, message };
}

/** Whether it serves what is known to be good. A version that waits, held or for its window, does not change that. */
function ready({ view, action }: WarmServiceStatusFacts): StatedCondition {
  const { facts, journal, lastGood, health } = view;
  if (facts.deletion === 'Started' || facts.deletion === 'Destroying') return leaving(view);
  if (facts.rejection && !facts.inForce) return no(facts.rejection.reason, 'the spec is not in force');
  const { operation } = journal;
  if (operation && isGivenUp(operation)) return no('RollbackFailed', operation.failure?.message ?? '');
  if (facts.missing.length > 0) return no('DataMissing', health.message);
  if (operation && health.state === 'Unknown')
    return no(operation.type, `${operation.type} to ${operation.to.version}`);
  if (lastGood === undefined && action.type === 'Rest') return no(action.reason, REST[action.reason](view));
  if (lastGood === undefined) return no('NotDeployed', 'nothing is deployed yet');
  if (facts.suspended) return no('Suspended', 'left as it is until resumed');
  if (facts.app.state !== 'Up') return no('Unhealthy', health.message);
  return { type: 'Ready', status: 'True', reason: 'Healthy', message: wellText(view, lastGood) };
}

function leaving({ object }: WarmServiceView): StatedCondition {
  const { deletion } = object;
  if (deletion?.state === 'Started' && deletion.renamedTo)
    return no('Renamed', renamedText(object, deletion.renamedTo));
  return no('Deleting', 'the spec file is gone');
}

function healthy({ health }: WarmServiceView): StatedCondition {
  const { state, message } = health;
  if (state === 'Unknown') return { type: 'Healthy', status: 'Unknown', reason: 'NotLooked', message };
  return state === 'Up'
    ? { type: 'Healthy', status: 'True', reason: 'Answers', message }
    : { type: 'Healthy', status: 'False', reason: 'Failing', message };
}

const NEVER_RELEASED = 'the recipe has no annotated version tag. Release one (git tag -a 1.0.0+1.2.3).';

/** Why it rests, for people. */
const REST: Readonly<Record<RestReason, (view: WarmServiceView) => string>> = {
  UpToDate: () => 'at rest',
  Suspended: () => 'left as it is until resumed',
  DependsOn: ({ facts }) => `waits for ${namesIn(facts.waitsFor)}${absentIn(facts.waitsFor)}`,
  DependencyCycle: ({ facts }) => `dependsOn goes in a circle: ${namesIn(facts.waitsFor, ' → ')}`,
  RollbackFailed: ({ journal }) => journal.operation?.failure?.message ?? '',
  NeverReleased: () => NEVER_RELEASED,
  NothingAllowed: (view) =>
    lostPin(view) ??
    "every release is quarantined, forbidden by update, or older than the data. 'ccctl retry' or a spec change tries again.",
  DataMissing: ({ health }) =>
    `${health.message}. Put it back, or go back to a set: ccctl rollback. Nothing is deployed.`,
  Postponed: ({ journal }) => `nothing was touched: ${journal.postponed?.message ?? ''}`,
  Unhealthy: ({ health }) => health.message,
  BackOff: ({ health }) => `${health.message}; the next repair waits`,
  Flapping: ({ health }) => `${health.message}, again and again: left alone until the spec changes or 'ccctl retry'`,
  Window: ({ journal }) => `${journal.newest?.target?.version ?? ''} waits for the window`,
  InUse: ({ facts }) => `runs use it: ${facts.inUse.map(({ run }) => run).join(', ')}`,
};

function wellText(view: WarmServiceView, { version }: ReleasedRevision): string {
  const pin = lostPin(view);
  return `${version} runs and is healthy${pin === undefined ? '' : `; ${pin}`}`;
}

/** What a pin that names no release says; undefined: there is none, or it names one. */
function lostPin({ spec, journal }: WarmServiceView): string | undefined {
  if (journal.newest?.stays !== 'PinGone') return undefined;
  return `update.version ${spec.update.version ?? ''} is no annotated version tag of the recipe. Correct it, or tag that release.`;
}

function absentIn(waits: WarmServiceView['facts']['waitsFor']): string {
  if (waits.state !== 'Services' || waits.absent.length === 0) return '';
  return `; no such service: ${waits.absent.join(', ')}. Correct dependsOn, or add its file.`;
}

function namesIn(waits: WarmServiceView['facts']['waitsFor'], between = ', '): string {
  return waits.state === 'Nobody' ? '' : waits.names.map((name) => `ws/${name}`).join(between);
}

const STALLS: readonly RestReason[] = [
  'RollbackFailed',
  'DataMissing',
  'DependencyCycle',
  'Flapping',
  'NeverReleased',
  'NothingAllowed',
];

function stalled({ view, action, failure }: WarmServiceStatusFacts): StatedCondition[] {
  if (failure?.terminal) return [failureCondition(failure)];
  if (action.type !== 'Rest' || !STALLS.includes(action.reason)) return [];
  return [{ type: 'Stalled', status: 'True', reason: action.reason, message: REST[action.reason](view) }];
}

/** Rests of which the end is near. */
const PASSING: readonly RestReason[] = ['BackOff', 'DependsOn', 'Postponed'];

function reconciling({ view, action, failure }: WarmServiceStatusFacts): StatedCondition[] {
  if (failure && !failure.terminal) return [failureCondition(failure)];
  if (failure || action.type === 'Reject') return [];
  if (action.type === 'Rest' && !PASSING.includes(action.reason)) return [];
  const reason: ActReason | WarmServiceReason = action.type === 'Rest' ? action.reason : action.type;
  const message = action.type === 'Rest' ? REST[action.reason](view) : 'not at rest';
  return [{ type: 'Reconciling', status: 'True', reason, message }];
}

function held({ journal: { newest }, facts }: WarmServiceView): StatedCondition[] {
  const edit = waitingEdit(facts, newest);
  const waiting = newest?.held;
  if (waiting === undefined && edit === undefined) return [];
  const message = [
    ...(edit === undefined ? [] : [editText(edit)]),
    ...(waiting === undefined ? [] : [`${waiting.version}: ${waiting.reasons.join('; ')}`]),
  ].join(' | ');
  const reason = edit?.state === 'Failed' && waiting === undefined ? 'EditFailed' : 'NeedsApproval';
  return [{ type: 'Held', status: 'True', reason, message }];
}

/** An edit of the spec that what runs was not deployed with, and will not be by itself. */
function waitingEdit({ edited }: WarmServiceView['facts'], newest: Newest | undefined): Edit | undefined {
  return edited && newest?.edit !== undefined && newest.edit.state !== 'Allowed' ? newest.edit : undefined;
}

function editText({ state, reasons }: Edit): string {
  if (state === 'Held') return `the edit of the spec: ${reasons.join('; ')}`;
  return "the edit of the spec failed and was taken back: another edit, or 'ccctl retry', tries again";
}

function drifted({ facts }: WarmServiceView): StatedCondition[] {
  if (facts.app.state !== 'Changed') return [];
  return [{ type: 'Drifted', status: 'True', reason: 'ChangedByOthers', message: facts.app.what }];
}
