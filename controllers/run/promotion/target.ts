import type { DefaultedCanonicalSpec } from '../../../lib/api/index.ts';
import type { AppHome } from '../../../lib/app/app-home.ts';
import { canonicalInForce, isGoing } from '../../../lib/app/enrolment.ts';
import { sourceOf } from '../../../lib/app/recipe-source.ts';
import { orElse } from '../../../lib/errors.ts';
import type { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { holdsLease, type LeaseHolder, readLease } from '../../../lib/known-good/lease.ts';
import { type PromotionEligibility, promotionEligibility } from '../../../lib/known-good/promotion-eligibility.ts';
import { PROMOTION_STEPS, type PromotionFacts } from '../../../lib/known-good/promotion-steps.ts';
import { sourceIdentity } from '../../../lib/recipe/source.ts';
import { compareVersions, parseVersion } from '../../../lib/recipe/version.ts';
import type { Manifest } from '../../../lib/snapshot/manifest.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { type CanonicalPlace, claimedPlace, homeOfPlace, knownGoodOf } from '../canonical-place.ts';
import type { RunJournal } from '../journal.ts';
import type { PreparedContext } from '../stage.ts';
import { stepLeftMs } from './memory.ts';

/** Where a run promotes. */
export interface PromotionTarget {
  place: CanonicalPlace;
  home: AppHome;
  knownGood: KnownGoodStore;
  holder: LeaseHolder;
  /** The Canonical as it is now; absent where it is going, gone, or another one of that name. */
  enrolled?: Enrolled;
}

export interface Enrolled {
  canonical: StoredObject;
  spec: DefaultedCanonicalSpec;
}

/**
 * Where the run promotes: once the promotion has noted a place it is that one, whatever happens to the Canonical; before,
 * the domain that the Canonical claimed, which an edit of its spec does not move. Undefined where there is neither.
 */
export async function promotionTarget(
  context: PreparedContext,
  noted: CanonicalPlace | undefined,
): Promise<PromotionTarget | undefined> {
  const { services, object, attempt } = context;
  const enrolled = enrolledNow(context);
  const place = noted ?? (enrolled && (await claimedPlace(services, enrolled.canonical)));
  if (!place) return undefined;
  return {
    place,
    home: homeOfPlace(services, place),
    knownGood: knownGoodOf(services, place),
    holder: { holder: object.name, uid: object.uid, attempt: attempt.number },
    ...(enrolled?.canonical.uid === place.uid ? { enrolled } : {}),
  };
}

function enrolledNow({ resolved, services }: PreparedContext): Enrolled | undefined {
  if (!resolved.canonical) return undefined;
  const canonical = services.store.get({ kind: 'Canonical', name: resolved.canonical.name });
  if (!canonical || canonical.uid !== resolved.canonical.uid || isGoing(canonical)) return undefined;
  const spec = canonicalInForce(canonical);
  return spec && { canonical, spec };
}

/** Everything the next step is decided from; writes nothing. */
export async function observePromotion(
  context: PreparedContext,
  journal: RunJournal,
  target: PromotionTarget,
): Promise<PromotionFacts> {
  const { services, object } = context;
  const id = await pointerOrDamaged(target.knownGood);
  const pointer = id === undefined ? undefined : await target.knownGood.sets.get(id);
  const steps = journal.promotionMemory?.steps;
  const lease = await readLease(target.knownGood.directory);
  return {
    runUid: object.uid,
    ...(id === undefined
      ? {}
      : { knownGood: { id, ...(pointer?.manifest.run ? { runUid: pointer.manifest.run.uid } : {}) } }),
    ...(steps ? { journal: steps } : {}),
    process: services.session,
    generation: steps?.operation && (await target.knownGood.sets.get(steps.operation)) ? 'Complete' : 'Absent',
    lease: lease === undefined ? 'Free' : holdsLease(lease, target.holder) ? 'Mine' : 'Other',
    volumes: await target.knownGood.volumesState(),
    enrolled: target.enrolled !== undefined,
    cancelled: journal.cancel !== undefined,
    faults: journal.promotionMemory?.fault?.count ?? 0,
    ...lateness(context, journal),
    eligibility: await eligibilityOf(context, target, pointer?.manifest, steps?.failure),
  };
}

/** Whether the time of the step under way is over; absent where none began in this session. */
function lateness(context: PreparedContext, journal: RunJournal): Pick<PromotionFacts, 'late'> {
  const steps = journal.promotionMemory?.steps;
  if (steps?.process !== context.services.session) return {};
  const step = PROMOTION_STEPS.find((one) => !steps.done.includes(one));
  return step === undefined ? {} : { late: stepLeftMs(context, journal, step) <= 0 };
}

/** What is in the place of the link is no generation, so none of that name is found; nor is it "no known-good". */
async function pointerOrDamaged(knownGood: KnownGoodStore): Promise<string | undefined> {
  return await orElse(knownGood.pointerId(), 'Damaged', () => 'unreadable');
}

/** On the way back nothing is asked of mirror and spec: it must not hang on them. */
async function eligibilityOf(
  context: PreparedContext,
  { enrolled }: PromotionTarget,
  knownGood: Manifest | undefined,
  failure: string | undefined,
): Promise<PromotionEligibility> {
  const { resolved, mirror, signal } = context;
  if (!enrolled || failure !== undefined) return { eligible: false, reason: 'NotEnrolled' };
  const { canonical, spec } = enrolled;
  const tag = await mirror.versionAt(resolved.head.commit, signal);
  return promotionEligibility({
    green: true,
    pullRequest: resolved.spec.pullRequest !== undefined || /^refs\/(pull|merge-requests)\//.test(resolved.ref),
    envOverridden: Object.keys(resolved.spec.env ?? {}).length > 0,
    promotion: resolved.spec.promotion,
    ...(spec.app.recipe === resolved.recipe
      ? {
          canonical: { source: canonicalSource(context, spec) ?? '', suspended: spec.suspend || canonical.suspended },
        }
      : {}),
    source: resolved.source,
    headCommit: resolved.head.commit,
    ...(tag ? { tagCommit: tag.commit } : {}),
    ...(knownGood
      ? { knownGood: { commit: knownGood.commit, comparison: compare(resolved.head.version, knownGood.version) } }
      : {}),
  });
}

function canonicalSource({ resolved, services }: PreparedContext, spec: DefaultedCanonicalSpec): string | undefined {
  const named = spec.app.source ?? services.settings.recipeSource;
  if (named === undefined) return undefined;
  return sourceIdentity(sourceOf(resolved.recipe, spec.app.source, services.settings.recipeSource));
}

function compare(head: string | undefined, other: string): number {
  const left = parseVersion(head ?? '');
  const right = parseVersion(other);
  return left && right ? compareVersions(left, right) : 0;
}
