import {
  type Attempt as AttemptStatus,
  type Condition,
  type NextAction,
  type RunStatus,
  type StatedCondition,
  statedConditions,
} from '../../lib/api/index.ts';
import { present } from '../../lib/api/objects.ts';
import { isGoing } from '../../lib/app/enrolment.ts';
import { toTime } from '../../lib/clock.ts';
import type { SucceededReason } from '../../lib/reasons/runs.ts';
import { expectedDeploys, type ResolvedRun, type RunProgress } from '../../lib/run-record/run-files.ts';
import { confidenceOf } from '../../lib/run-record/verdict.ts';
import type { PassFailure } from '../../lib/runtime/reconciler.ts';
import { againAction, failureCondition } from '../../lib/runtime/shown-failure.ts';
import { generationInForce, refusalOf } from '../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { shownDependency } from './dependencies/dependency.ts';
import { type Attempt, appDomain, currentAttempt, type RunJournal } from './journal.ts';
import type { RunAction } from './plan.ts';
import type { QueuePlace } from './queue/admission.ts';
import { WAITS } from './queue/waits.ts';
import { runSpec } from './spec-changes.ts';

/** What a status is made of. */
export interface StatusFacts {
  object: StoredObject;
  journal: RunJournal;
  progress: RunProgress | undefined;
  resolved: ResolvedRun | undefined;
  platform: 'Process' | 'Swarm' | 'Abra';
  /** `runs/<name>-<uid8>`. */
  artifacts: string;
  queue?: QueuePlace | undefined;
  suspended?: boolean;
  next?: NextAction | undefined;
  /** How the last pass failed, while it did. */
  failure?: PassFailure | undefined;
  now: number;
}

/**
 * The status of a run, truthfully from what is journaled; once it ended, the frozen one with what may still move. Pure;
 * `journal.conditions` gives the transition times.
 */
export function runStatus(facts: StatusFacts): RunStatus {
  const { journal } = facts;
  if (!journal.frozen) return liveStatus(facts);
  const live = liveStatus(facts);
  const { conditions, observedGeneration, lastHandledRequest, nextAction, artifacts, deletion } = live;
  const frozen = { ...journal.frozen };
  if (artifacts === undefined) delete frozen.artifacts;
  return {
    ...frozen,
    ...present({ conditions, observedGeneration, lastHandledRequest, nextAction, deletion }),
  } as RunStatus;
}

function liveStatus(facts: StatusFacts): RunStatus {
  const { object, journal, progress, resolved } = facts;
  const attempt = currentAttempt(journal);
  const outcome = journal.outcome;
  const mode = progress?.mode ?? resolved?.mode ?? runSpec(object).mode;
  const dependencies = (attempt?.dependencies ?? []).map(shownDependency);
  return present({
    observedGeneration: generationInForce(object),
    conditions: conditionsOf(facts),
    nextAction: facts.next,
    verdict: outcome?.verdict,
    mode,
    confidence: confidenceOf(mode),
    fallback: journal.memory?.fallback ?? resolved?.fallback,
    attempts: journal.attempts.map(shownAttempt),
    version: versionsOf(resolved),
    commit: resolved?.head.commit,
    domain: attempt && appDomain(attempt),
    url: journal.tornDown ? undefined : journal.memory?.url,
    platform: facts.platform,
    level: outcome?.level,
    stages: progress?.stages.map((stage) => present(stage)),
    deploys: resolved ? { count: progress?.deploys ?? 0, expected: expectedDeploys(dependencies) } : undefined,
    dependencies: dependencies.length > 0 ? dependencies : undefined,
    promotion: journal.promotion,
    blame: outcome?.blame,
    queue: facts.queue && shownPlace(facts.queue),
    artifacts: journal.artifactsRemoved || journal.attempts.length === 0 ? undefined : facts.artifacts,
    startTime: journal.attempts[0]?.startTime,
    completionTime: journal.completionTime,
    lastHandledRequest: object.lastHandledRequest,
    suspended: suspensionOf(facts),
    deletion: deletionOf(facts),
  }) as RunStatus;
}

function shownPlace({ position, reason, holder }: QueuePlace): RunStatus['queue'] {
  return { position, reason, ...(holder === undefined ? {} : { holder }) };
}

function shownAttempt(attempt: Attempt): AttemptStatus {
  const { domain: _, resources: __, dependencies: ___, reattached: ____, ...shown } = attempt;
  return shown;
}

function versionsOf(resolved: ResolvedRun | undefined): RunStatus['version'] | undefined {
  if (!resolved) return undefined;
  const base = resolved.base.from === 'None' ? undefined : (resolved.base.version ?? resolved.base.commit);
  return present({ base, head: resolved.head.version }) as RunStatus['version'];
}

/** What is left, as teardowns listed it. */
function deletionOf({ object, journal, artifacts }: StatusFacts): RunStatus['deletion'] | undefined {
  if (!isGoing(object)) return undefined;
  const { attempts, tornDown, teardown, artifactsRemoved } = journal;
  const listed = teardown?.remaining.length ? teardown.remaining : [`app ${attempts.at(-1)?.domain ?? ''}`];
  const kept = attempts.length === 0 || artifactsRemoved ? [] : [artifacts];
  return { remaining: [...(tornDown ? [] : listed), ...kept] };
}

function suspensionOf({ object, suspended }: StatusFacts): RunStatus['suspended'] | undefined {
  if (!suspended) return undefined;
  return object.suspended ? { by: 'Request' } : { by: 'Spec', file: object.path };
}

/** All conditions; the transition time of each moves only when its status does. Pure. */
function conditionsOf(facts: StatusFacts): Condition[] {
  const { object, journal, now } = facts;
  const stated = [accepted(facts), succeeded(facts), ...tornDown(journal), ...reconciling(facts)];
  const at = { time: toTime(now), observedGeneration: generationInForce(object) };
  return statedConditions(journal.conditions, stated, at);
}

function accepted({ object }: StatusFacts): StatedCondition {
  if (object.rejected) {
    const message = object.rejected.problems[0]?.message ?? 'the file is not valid; the last valid spec stays in force';
    return { type: 'Accepted', status: 'False', reason: object.rejected.reason, message };
  }
  const refused = refusalOf(object);
  if (refused) return { type: 'Accepted', status: 'False', reason: refused.reason, message: refused.message };
  return { type: 'Accepted', status: 'True', reason: 'Valid', message: 'the spec is in force' };
}

function succeeded({ journal, suspended, queue }: StatusFacts): StatedCondition {
  const unknown = (reason: SucceededReason, message: string) =>
    ({ type: 'Succeeded', status: 'Unknown', reason, message }) as const;
  if (journal.step === 'Ended' && journal.outcome) {
    const { reason, message } = journal.outcome;
    return { type: 'Succeeded', status: reason === 'Passed' ? 'True' : 'False', reason, message };
  }
  if (journal.step === 'Pending') {
    if (suspended) return unknown('Suspended', 'the run does not start until it is resumed');
    if (journal.attempts.length > 0)
      return unknown('Retrying', `after ${journal.attempts.at(-1)?.reason ?? 'a fault'}`);
    return unknown('Pending', queue ? waitText(queue) : 'about to start');
  }
  return unknown('Running', runningMessage(journal));
}

function waitText({ reason, because }: QueuePlace): string {
  return because === undefined ? `waits: ${reason}` : `waits: ${reason}, ${because}`;
}

function runningMessage(journal: RunJournal): string {
  if (journal.step === 'Holding') return 'failed; the app is held for a look';
  if (journal.step === 'TearingDown')
    return journal.outcome ? `tests ended (${journal.outcome.reason}); tearing down` : 'tearing down an attempt';
  if (journal.step === 'Promoting') return 'tests passed; promoting';
  return 'testing';
}

function tornDown(journal: RunJournal): StatedCondition[] {
  if (journal.attempts.length === 0) return [];
  if (journal.tornDown)
    return [{ type: 'TornDown', status: 'True', reason: 'Verified', message: 'nothing of the run is left' }];
  if (journal.step === 'Ended' || (journal.teardown?.tries ?? 0) > 0) {
    const left = journal.teardown?.remaining.join(', ') || 'something of the app';
    return [{ type: 'TornDown', status: 'False', reason: 'Remaining', message: `still there: ${left}; tried again` }];
  }
  return [{ type: 'TornDown', status: 'False', reason: 'InUse', message: 'the app of the run exists' }];
}

function reconciling({ journal, suspended, failure }: StatusFacts): StatedCondition[] {
  if (failure) return [failureCondition(failure)];
  if (journal.step === 'Ended' || journal.step === 'Holding' || (journal.step === 'Pending' && suspended)) return [];
  return [{ type: 'Reconciling', status: 'True', reason: journal.step, message: 'the run is not over' }];
}

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
  if (action.type === 'Rest')
    return action.reason === 'HeldForALook'
      ? { what: 'tear down the held app', reason: action.reason, ...at(action.afterMs) }
      : undefined;
  if (action.type === 'WaitForSlot') return { what: WAITS[action.reason].next, reason: action.reason };
  if (action.type === 'WaitForRetry')
    return { what: 'start the next attempt', reason: 'InfraFault', ...at(action.afterMs) };
  if (action.type === 'RunStep')
    return {
      what: waitingFor ? `${action.stage}: wait for ${waitingFor}` : `${action.stage}, step ${action.step + 1}`,
      reason: action.stage,
    };
  if (action.type === 'TearDown')
    return {
      what: `tear down ${currentAttempt(journal)?.domain ?? ''}`.trim(),
      reason: 'Teardown',
      ...present({ time: journal.teardown?.retryTime }),
    };
  return { what: action.type, reason: action.type };
}
