import { type CanonicalStatus, type Condition, type StatedCondition, statedConditions } from '../../lib/api/index.ts';
import { present } from '../../lib/api/objects.ts';
import { renamedText } from '../../lib/app/renamed.ts';
import { toTime } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import type { ActReason } from '../../lib/reasons/acts.ts';
import type { AcceptedReason, CanonicalReadyReason } from '../../lib/reasons/conditions.ts';
import type { PassFailure } from '../../lib/runtime/reconciler.ts';
import { failureCondition } from '../../lib/runtime/shown-failure.ts';
import { generationInForce } from '../../lib/store/spec-in-force.ts';
import { nextActionOf } from './next-action.ts';
import type { CanonicalView } from './observe.ts';
import { type CanonicalAction, isInBackground, retentionMs } from './plan.ts';

export interface CanonicalStatusFacts {
  view: CanonicalView;
  action: CanonicalAction;
  platform: CanonicalStatus['platform'];
  failure: PassFailure | undefined;
  now: number;
}

/** The status of a canonical, from what is observed and journaled. Pure. */
export function canonicalStatus(facts: CanonicalStatusFacts): CanonicalStatus {
  const { view, now } = facts;
  const { object, journal, manifest, domain } = view;
  const lease = view.facts.lease;
  const fields = {
    observedGeneration: generationInForce(object),
    conditions: conditionsOf(facts),
    nextAction: nextActionOf(facts),
    domain: journal.domain ?? domain,
    url: manifest?.url,
    platform: facts.platform,
    knownGood: manifest && {
      generation: manifest.id,
      version: manifest.version,
      commit: manifest.commit,
      run: manifest.run?.name ?? '',
      promotedTime: manifest.createdTime,
      snapshot: {
        digest: manifest.digest,
        bytes: manifest.bytes,
        volumes: manifest.volumes.map(({ name, files, bytes, digest }) => ({ name, files, bytes, digest })),
      },
    },
    lease: lease && { run: lease.holder, uid: lease.uid, since: lease.since },
    volumes: view.facts.volumes,
    prepared: preparedOf(view),
    history: historyOf(view),
    lastHandledRequest: object.lastHandledRequest,
    suspended: view.facts.suspended
      ? object.suspended
        ? { by: 'Request' }
        : { by: 'Spec', file: object.path }
      : undefined,
    deletion: deletionOf(view, now),
  };
  return present(fields) as CanonicalStatus;
}

/** What the canonical noted, and the promotions that failed; undefined before the first. */
function historyOf({ journal, failedPromotions = [] }: CanonicalView): CanonicalStatus['history'] {
  const failed = failedPromotions.map(({ uid: _, ...entry }) => ({ ...entry, result: 'PromotionFailed' as const }));
  const history = [...journal.history, ...failed].toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time));
  return history.length > 0 ? history.slice(0, 10) : undefined;
}

/** Absent where it is only a question of time. */
function preparedOf({ facts, journal, manifest }: CanonicalView): CanonicalStatus['prepared'] | undefined {
  if (facts.prepared === 'Sealed') return { state: 'Ready' };
  const { notPrepared } = journal;
  if (notPrepared === undefined || notPrepared.generation !== manifest?.id) return undefined;
  return { state: 'None', reason: notPrepared.reason, message: notPrepared.message };
}

function deletionOf(
  { object, facts, journal, left }: CanonicalView,
  now: number,
): CanonicalStatus['deletion'] | undefined {
  if (!object.deletion || object.deletion.state === 'Missing') return undefined;
  const leftMs = Math.max(0, facts.deletionStartedRunningMs + retentionMs(facts) - facts.runningMs);
  const undeployed = journal.undeployedFor === facts.deletionStartedRunningMs;
  return {
    remaining: facts.retain ? [] : (journal.remaining ?? [...(left ?? [])]),
    ...(undeployed && journal.undeployTime ? { undeployTime: journal.undeployTime } : {}),
    ...(facts.retain ? {} : { destroyTime: toTime(now - (now % 60_000) + Math.ceil(leftMs / 60_000) * 60_000) }),
  };
}

function conditionsOf(facts: CanonicalStatusFacts): Condition[] {
  const { view, now } = facts;
  const stated = [accepted(view), ready(facts), ...stalled(facts), ...reconciling(facts)];
  const at = { time: toTime(now), observedGeneration: generationInForce(view.object) };
  return statedConditions(view.journal.conditions, stated, at);
}

function accepted({ object, facts }: CanonicalView): StatedCondition {
  if (object.rejected) {
    const message = object.rejected.problems[0]?.message ?? 'the file is not valid; the last valid spec stays in force';
    return { type: 'Accepted', status: 'False', reason: object.rejected.reason, message };
  }
  if (facts.rejection) return { type: 'Accepted', status: 'False', ...facts.rejection };
  if (!facts.claimed || !facts.noted)
    return { type: 'Accepted', status: 'Unknown', reason: 'Pending', message: 'the claim on the domain comes first' };
  return { type: 'Accepted', status: 'True', reason: 'Valid', message: 'the spec is in force' };
}

type ReadyReason = CanonicalReadyReason | AcceptedReason;

function no(reason: ReadyReason, message: string): StatedCondition {
  return { type: 'Ready', status: 'False', reason, message };
}

function ready(statusFacts: CanonicalStatusFacts): StatedCondition {
  const { view } = statusFacts;
  const { facts, journal, manifest } = view;
  if (facts.deletion === 'Started' || facts.deletion === 'Destroying') return leaving(view);
  if (facts.rejection && !facts.inForce) return no(facts.rejection.reason, 'the spec is not in force');
  if (facts.suspended) return no('Suspended', 'neither seeded nor promoted until resumed');
  if (facts.knownGood.state === 'Unreadable') return no('SnapshotDamaged', facts.knownGood.reason);
  if (facts.knownGood.state === 'Absent') return notSeeded(statusFacts);
  if (journal.verified?.generation === manifest?.id && journal.verified?.state === 'Damaged')
    return no('SnapshotDamaged', journal.verified.reason ?? 'a digest differs');
  if (!facts.volumesPresent)
    return no('VolumesMissing', 'a volume of the known-good is gone; it is restored from the snapshot');
  if (statusFacts.failure && !isVerified(view))
    return { ...no('NotVerified', explainError(statusFacts.failure.error)), status: 'Unknown' };
  return { type: 'Ready', status: 'True', reason: 'KnownGood', message: `${manifest?.version ?? ''} is known good` };
}

function leaving(view: CanonicalView): StatedCondition {
  const { deletion } = view.object;
  if (deletion?.state === 'Started' && deletion.renamedTo)
    return no('Renamed', renamedText(view.object, deletion.renamedTo));
  return no('Deleting', deletingMessage(view));
}

function deletingMessage({ journal, facts }: CanonicalView): string {
  if (facts.lease && facts.leaseHolderAlive)
    return `the spec file is gone; waits for the end of run/${facts.lease.holder}`;
  if (journal.remaining === undefined) return 'the spec file is gone';
  return `the spec file is gone; still there: ${journal.remaining.join(', ')}`;
}

/** This process has read the known-good in full. */
function isVerified({ journal: { verified }, facts, manifest }: CanonicalView): boolean {
  return verified?.generation === manifest?.id && verified?.session === facts.session;
}

function notSeeded({ view }: CanonicalStatusFacts): StatedCondition {
  const { journal, facts } = view;
  if (facts.seedPolicy === 'Manual') return no('NoKnownGood', 'seed is Manual: promote a release with a cold run');
  if (isSeedFailed(view)) return no('SeedFailed', seedMessage(view));
  if (isNeverReleased(view)) return no('NeverReleased', NEVER_RELEASED);
  return journal.seed
    ? no('Seeding', `run/${journal.seed.run} tests ${journal.seed.tag}`)
    : no('NoKnownGood', 'no release has been tested yet');
}

const NEVER_RELEASED =
  "the recipe has no annotated version tag. Release one (git tag -a 1.0.0+1.2.3); it is noticed at the next resync or 'ccctl reconcile'.";

/** Whether a known-good is being looked for: who suspended it, or seeds by hand, waits for no seed. */
function seedsItself({ facts }: CanonicalView): boolean {
  return facts.seedPolicy === 'Auto' && !facts.suspended;
}

function isNeverReleased(view: CanonicalView): boolean {
  const { journal, facts } = view;
  const looked = journal.newest !== undefined && journal.newest.tag === undefined;
  return looked && seedsItself(view) && facts.knownGood.state !== 'Present';
}

function isSeedFailed(view: CanonicalView): boolean {
  const { journal, facts, manifest } = view;
  const { seed, verified } = journal;
  const usable = manifest !== undefined && !(verified?.generation === manifest.id && verified.state === 'Damaged');
  return seedsItself(view) && seed?.result === 'NotPromoted' && seed.hash === facts.seedHash && !usable;
}

function seedMessage({ journal }: CanonicalView): string {
  return `run/${journal.seed?.run} of ${journal.seed?.tag} did not promote: ${journal.seed?.reason ?? ''}. A new tag, a spec change or 'ccctl retry' tries again.`;
}

function stalled({ view, failure }: CanonicalStatusFacts): StatedCondition[] {
  if (failure?.terminal) return [failureCondition(failure)];
  const is = { type: 'Stalled', status: 'True' } as const;
  if (isNeverReleased(view)) return [{ ...is, reason: 'NeverReleased', message: NEVER_RELEASED }];
  return isSeedFailed(view) ? [{ ...is, reason: 'SeedFailed', message: seedMessage(view) }] : [];
}

function reconciling({ view, action, failure }: CanonicalStatusFacts): StatedCondition[] {
  if (failure && !failure.terminal) return [failureCondition(failure)];
  const idle = view.facts.rejection && !view.facts.inForce;
  if (idle || view.facts.suspended || failure?.terminal) return [];
  const resting = action.type === 'Rest' && action.reason !== 'Seeding';
  if (resting || action.type === 'Reject' || isInBackground(action)) return [];
  const reason: ActReason = action.type === 'Rest' ? 'Seeding' : action.type;
  return [{ type: 'Reconciling', status: 'True', reason, message: 'not at rest' }];
}
