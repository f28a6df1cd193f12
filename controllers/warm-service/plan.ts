import type { RealmLease } from '../../lib/api/index.ts';
import type { ReleasedRevision } from '../../lib/known-good/last-good.ts';
import { isGivenUp } from '../../lib/known-good/warm-record.ts';
import { nextStep } from '../../lib/operation/next-step.ts';
import type { NextStep, OperationFacts } from '../../lib/operation/operation.ts';
import { agoMs } from '../../lib/store/running-time.ts';
import type { Refusal } from '../../lib/store/store.ts';
import type { KeptFailedSet, Newest, OperationRecord, WarmServiceJournal } from './journal.ts';
import { WARM_OPERATIONS, type WarmBackStep, type WarmFailure, type WarmStep, type WarmSteps } from './operations.ts';

/** Repairs so long ago, milliseconds of running time, do not lengthen the wait for the next. */
const REPAIRED_MS = 5 * 60_000;
/** Between two repairs, milliseconds; twice as long after each within the window. */
const REPAIR_MS = 5_000;
/** A look at an app that is to be healthy and is not, milliseconds. */
const UNHEALTHY_MS = 2_000;
/** The first wait after what could not be prepared, milliseconds; twice as long after each that follows. */
const POSTPONED_MS = 60_000;
const LONGEST_POSTPONED_MS = 30 * 60_000;
/** So long an upgrade waits for runs that use the service, milliseconds of running time. */
const LONGEST_IN_USE_MS = 30 * 60_000;

/** Everything a decision about a warm service is made from. Durations in milliseconds. */
export interface WarmServiceFacts {
  journal: WarmServiceJournal;
  session: string;
  runningMs: number;
  resyncMs: number;
  /** Why the file as it is now is not in force. */
  rejection: Refusal | undefined;
  inForce: boolean;
  /** The record says what is in force and what is refused. */
  noted: boolean;
  claimed: boolean;
  deletion: 'None' | 'Missing' | 'Started' | 'Destroying';
  deletionStartedRunningMs: number;
  retain: boolean;
  suspended: boolean;
  /** Services that come first and are not ready, and which of them do not exist; `Cycle`: they wait for each other. */
  waitsFor:
    | { state: 'Nobody' }
    | { state: 'Cycle'; names: readonly string[] }
    | { state: 'Services'; names: readonly string[]; absent: readonly string[] };
  lastGood: (ReleasedRevision & { operation: string }) | undefined;
  /** What the platform shows now. */
  app: { state: 'Absent' } | { state: 'Up' | 'Unhealthy' | 'Changed'; commit: string; what: string };
  /** Volumes, secrets and env that were there when the app was last good, and are not now. */
  missing: readonly string[];
  /** Digest of the spec in force but for `suspend`: another one is something new that was said. */
  specDigest: string;
  /** Digest of the spec that releases are chosen by. */
  choiceDigest: string;
  intervalMs: number;
  /** Whether upgrades may start now; else until when not, undefined: for ever. */
  window: { open: true } | { open: false; opensInMs: number | undefined };
  /** Runs that hold a realm of it. */
  inUse: readonly RealmLease[];
  /** The spec says another env, other compose files or secrets than what runs was deployed with. */
  edited: boolean;
  /** What the operation in flight has come to, as the world shows it. */
  reached: 'Open' | 'Ready' | 'Committed';
  touched: boolean;
  late: boolean;
}

type Next = NextStep<WarmStep, WarmBackStep, WarmFailure>;

export type WarmServiceAction =
  | { type: 'Reject' }
  | { type: 'Claim' }
  | { type: 'Accept' }
  | { type: 'Refuse' }
  | { type: 'Operate'; next: Next }
  | { type: 'FindVersions' }
  | { type: 'Begin'; operation: 'Deploy' | 'Upgrade'; to: ReleasedRevision }
  | { type: 'Repair'; to: ReleasedRevision; what: string }
  | { type: 'Rest'; reason: RestReason; afterMs: number }
  | { type: 'DropExpired' }
  | { type: 'NoteWait'; to: ReleasedRevision }
  | { type: 'Undeploy' }
  | { type: 'StartDestroying' }
  | { type: 'Destroy' }
  | { type: 'Forget' };

export type RestReason =
  | 'UpToDate'
  | 'Suspended'
  | 'DependsOn'
  | 'DependencyCycle'
  | 'RollbackFailed'
  | 'NeverReleased'
  | 'NothingAllowed'
  | 'DataMissing'
  | 'Postponed'
  | 'Unhealthy'
  | 'BackOff'
  | 'Flapping'
  | 'Window'
  | 'InUse';

/** Decides the one next act for a warm service. Pure. */
export function planWarmService(facts: WarmServiceFacts): WarmServiceAction {
  if (facts.deletion === 'Destroying') return facts.retain ? { type: 'Forget' } : { type: 'Destroy' };
  const { operation } = facts.journal;
  if (facts.deletion === 'Started') return planDeletion(facts, operation);
  return planAcceptance(facts) ?? planAccepted(facts, operation);
}

/** Until the spec is in force and the domain is claimed. */
function planAcceptance({ rejection, noted, inForce, claimed }: WarmServiceFacts): WarmServiceAction | undefined {
  if (rejection && !noted) return { type: 'Refuse' };
  if (rejection && !inForce) return { type: 'Reject' };
  if (!claimed) return { type: 'Claim' };
  return noted ? undefined : { type: 'Accept' };
}

/** What was begun is ended first; a suspended one, and one whose turn has not come, is left as it is. */
function planAccepted(facts: WarmServiceFacts, operation: OperationRecord | undefined): WarmServiceAction {
  if (operation && !isGivenUp(operation)) return { type: 'Operate', next: nextOf(facts, operation) };
  if (operation) return rest('RollbackFailed', facts.resyncMs);
  if (facts.suspended) return rest('Suspended', facts.resyncMs);
  if (expiredSets(facts.journal, facts.runningMs).length > 0) return { type: 'DropExpired' };
  if (facts.missing.length > 0) return rest('DataMissing', facts.resyncMs);
  if (facts.waitsFor.state === 'Cycle') return rest('DependencyCycle', facts.resyncMs);
  if (facts.waitsFor.state === 'Services') return rest('DependsOn', UNHEALTHY_MS);
  return facts.lastGood === undefined ? planDeploy(facts) : planKept(facts, facts.lastGood);
}

/** Failed sets whose time is over, by running time. Pure. */
export function expiredSets({ failedSets = [] }: WarmServiceJournal, runningMs: number): KeptFailedSet[] {
  return failedSets.filter(({ untilRunningMs }) => untilRunningMs <= runningMs);
}

function rest(reason: RestReason, afterMs: number): WarmServiceAction {
  return { type: 'Rest', reason, afterMs };
}

/** A crash in the first step counts as any other, though nothing was done before it. */
function nextOf(facts: WarmServiceFacts, record: OperationRecord): Next {
  const { type, id, fault } = record;
  const steps = countedSteps(facts, record);
  const isFirst = steps.done.length === 0 && steps.failure === undefined && facts.reached === 'Open';
  if (isFirst && steps.process !== facts.session)
    return steps.begun < WARM_OPERATIONS[type].begins
      ? { next: 'BeginAgain', begun: steps.begun + 1 }
      : { next: 'Fail', reason: 'CrashBudget' };
  const operation: OperationFacts<WarmStep, WarmBackStep, WarmFailure> = {
    journal: steps,
    process: facts.session,
    reached: facts.reached === 'Committed' ? { state: 'Committed', id } : { state: facts.reached },
    lease: 'Mine',
    wanted: true,
    eligibility: { eligible: true },
    faults: fault?.count ?? 0,
    late: facts.late,
    touched: facts.touched,
    tidied: {},
  };
  return nextStep(WARM_OPERATIONS[type], operation);
}

/** One that was stopped on purpose is resumed as if it had begun once less. */
function countedSteps({ session }: WarmServiceFacts, { steps, stoppedGracefully }: OperationRecord): WarmSteps {
  if (!stoppedGracefully || steps.process === session || steps.failure !== undefined) return steps;
  return { ...steps, begun: steps.begun - 1 };
}

/** What was begun is ended first: one half done is nobody's idea of leaving it running. */
function planDeletion(facts: WarmServiceFacts, operation: OperationRecord | undefined): WarmServiceAction {
  if (operation && !isGivenUp(operation)) return { type: 'Operate', next: nextOf(facts, operation) };
  if (facts.retain) return { type: 'StartDestroying' };
  if (facts.journal.undeployedFor !== facts.deletionStartedRunningMs) return { type: 'Undeploy' };
  return { type: 'StartDestroying' };
}

/** Nothing was ever healthy: the newest that is allowed is deployed; one that failed waits for something new. */
function planDeploy(facts: WarmServiceFacts): WarmServiceAction {
  const newest = freshNewest(facts);
  if (newest === undefined) return { type: 'FindVersions' };
  const postponed = postponedMs(facts);
  if (newest.target && postponed > 0) return rest('Postponed', Math.min(postponed, facts.resyncMs));
  if (newest.target) return { type: 'Begin', operation: 'Deploy', to: newest.target };
  return rest(newest.latest === undefined ? 'NeverReleased' : 'NothingAllowed', lookAgainMs(facts, newest));
}

/** What runs is kept as it is to be; only of an app that is, a newer version takes its place. */
function planKept(facts: WarmServiceFacts, lastGood: ReleasedRevision): WarmServiceAction {
  const { app } = facts;
  const newest = freshNewest(facts);
  // With what it is deployed again depends on what the gate says of the edit.
  if (facts.edited && newest === undefined) return { type: 'FindVersions' };
  const what = driftOf(app, lastGood);
  if (what !== undefined) return planRepair(facts, lastGood, what);
  if (newest === undefined) return { type: 'FindVersions' };
  if (facts.edited && newest.edit?.state === 'Allowed') return planEdit(facts, lastGood);
  const { target } = newest;
  const upToDate = target === undefined || target.commit === lastGood.commit;
  if (!upToDate && app.state === 'Up') return planUpgrade(facts, target);
  if (app.state === 'Unhealthy') return rest('Unhealthy', UNHEALTHY_MS);
  return rest('UpToDate', lookAgainMs(facts, newest));
}

/** What somebody else made of the app; undefined: it is as we left it, healthy or not. */
function driftOf(app: WarmServiceFacts['app'], { version, commit }: ReleasedRevision): string | undefined {
  if (app.state === 'Absent') return 'the app is gone';
  if (app.state === 'Changed') return app.what;
  if (app.commit === commit) return undefined;
  if (app.commit === '') return `nobody knows what runs instead of ${version}`;
  return `commit ${app.commit.slice(0, 10)} runs instead of ${version}`;
}

/** A person's word needs no window. Where nothing is healthy that could be gone back to, it is only deployed. */
function planEdit(facts: WarmServiceFacts, to: ReleasedRevision): WarmServiceAction {
  if (facts.app.state !== 'Up') return planRepair(facts, to, 'app.env, composeFiles or secrets changed');
  const postponed = postponedMs(facts);
  if (postponed > 0) return rest('Postponed', Math.min(postponed, facts.resyncMs));
  return planInUse(facts, to) ?? { type: 'Begin', operation: 'Upgrade', to };
}

function planUpgrade(facts: WarmServiceFacts, to: ReleasedRevision): WarmServiceAction {
  if (!facts.window.open) return rest('Window', Math.min(facts.window.opensInMs ?? facts.resyncMs, facts.resyncMs));
  const postponed = postponedMs(facts);
  if (postponed > 0) return rest('Postponed', Math.min(postponed, facts.resyncMs));
  return planInUse(facts, to) ?? { type: 'Begin', operation: 'Upgrade', to };
}

/** Runs that use it are waited for, so long from the first look on; then it is upgraded all the same. Each that ends tells. */
function planInUse(facts: WarmServiceFacts, to: ReleasedRevision): WarmServiceAction | undefined {
  if (facts.inUse.length === 0) return undefined;
  if (facts.journal.waits?.commit !== to.commit) return { type: 'NoteWait', to };
  const leftMs = inUseMs(facts);
  return leftMs > 0 ? rest('InUse', Math.min(leftMs, facts.resyncMs)) : undefined;
}

/** How long runs that use it are waited for still, at the longest, milliseconds. Pure. */
export function inUseMs({ journal: { waits }, runningMs }: WarmServiceFacts): number {
  return waits === undefined ? 0 : Math.max(0, LONGEST_IN_USE_MS - Math.max(0, runningMs - waits.sinceRunningMs));
}

/** How long what could not be prepared waits still; 0: it does not, or the spec says something new. Pure. */
export function postponedMs({ journal: { postponed }, specDigest, runningMs }: WarmServiceFacts): number {
  if (postponed === undefined || postponed.digest !== specDigest) return 0;
  const waitMs = Math.min(POSTPONED_MS * 2 ** (postponed.count - 1), LONGEST_POSTPONED_MS);
  return Math.max(0, waitMs - agoMs(postponed.atRunningMs, runningMs));
}

/** One repair per back-off; an app that needs one again and again is left alone until something new is said. */
function planRepair(facts: WarmServiceFacts, to: ReleasedRevision, what: string): WarmServiceAction {
  const { leftAlone } = facts.journal;
  if (leftAlone === facts.specDigest) return rest('Flapping', facts.resyncMs);
  // What was repaired before the spec changed says nothing of it.
  const counted = leftAlone === undefined ? facts.journal.repairs : [];
  const agos = counted.map((at) => agoMs(at, facts.runningMs)).filter((ago) => ago < REPAIRED_MS);
  const last = agos.at(-1);
  const due = last === undefined ? 0 : Math.min(REPAIR_MS * 2 ** (agos.length - 1), REPAIRED_MS) - last;
  return due > 0 ? rest('BackOff', due) : { type: 'Repair', to, what };
}

/** What was found in this process, by the spec as it is, not longer ago than the interval. */
function freshNewest({ journal: { newest }, ...facts }: WarmServiceFacts): Newest | undefined {
  const isFresh =
    newest?.session === facts.session &&
    newest.digest === facts.choiceDigest &&
    facts.runningMs - newest.atRunningMs < facts.intervalMs;
  return isFresh ? newest : undefined;
}

function lookAgainMs({ runningMs, resyncMs, intervalMs }: WarmServiceFacts, { atRunningMs }: Newest): number {
  return Math.max(1, Math.min(resyncMs, intervalMs - Math.max(0, runningMs - atRunningMs)));
}
