import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import { canonicalInForce, sourceOf } from '../../lib/app/enrolment.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import { acquireLease, holdsLease, type LeaseHolder, readLease, releaseLease } from '../../lib/known-good/lease.ts';
import { type PromotionEligibility, promotionEligibility } from '../../lib/known-good/promotion-eligibility.ts';
import {
  type NextPromotionStep,
  nextPromotionStep,
  type PromotionFacts,
  type PromotionFailure,
  type PromotionJournal,
} from '../../lib/known-good/promotion-steps.ts';
import { dirtied } from '../../lib/known-good/volumes-state.ts';
import { compareVersions, parseVersion } from '../../lib/recipe/version.ts';
import type { Manifest } from '../../lib/snapshot/manifest.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import type { PromotionMemory, RunJournal } from './journal.ts';
import { performPromotionStep } from './promotion-acts.ts';
import { undeployAndAssertGone } from './promotion-data.ts';
import type { RunServices } from './services.ts';
import type { PreparedContext } from './stage.ts';

/** The Canonical that a run may promote, and where its data is. */
export interface PromotionTarget {
  canonical: StoredObject;
  spec: DefaultedCanonicalSpec;
  home: AppHome;
  knownGood: KnownGoodStore;
  holder: LeaseHolder;
}

export type PromotionEffect =
  | { effect: 'Continue' }
  | { effect: 'Wait'; afterMs: number; waitingFor: string }
  | { effect: 'Over'; result: NonNullable<RunJournal['promotion']> };

/**
 * The Canonical of the run, or undefined where it is gone or going, or has no domain. The domain is the one it claimed:
 * an edit of its spec does not move it.
 */
async function promotionTarget(context: PreparedContext): Promise<PromotionTarget | undefined> {
  const { frozen, services, object, attempt } = context;
  if (!frozen.canonical) return undefined;
  const canonical = services.store.get({ kind: 'Canonical', name: frozen.canonical.name });
  const going = canonical?.deletion?.state === 'Started' || canonical?.deletion?.state === 'Destroying';
  if (!canonical || canonical.uid !== frozen.canonical.uid || going) return undefined;
  const claims = await services.store.claims.list();
  const claim = claims.find(({ kind, uid }) => kind === 'Canonical' && uid === canonical.uid);
  const spec = canonicalInForce(canonical);
  if (!claim || !spec) return undefined;
  const { stateDirectory } = services.settings;
  return {
    canonical,
    spec,
    home: new AppHome(stateDirectory, claim.domain),
    knownGood: new KnownGoodStore({
      directory: join(stateDirectory, 'canonicals', canonical.name),
      reader: services.setReader,
    }),
    holder: { holder: object.name, uid: object.uid, attempt: attempt.number },
  };
}

/** What a promotion knows that has done nothing yet. */
export function newMemory({ clock }: Pick<RunServices, 'clock'>): PromotionMemory {
  return { stepStartedMs: clock.monotonicMs(), appliedMs: 0, seeded: false };
}

/** Performs the one next step of the promotion. `journal.promotionMemory` is a draft that the caller journals. */
export async function promote(context: PreparedContext, journal: RunJournal): Promise<PromotionEffect> {
  const target = await promotionTarget(context);
  if (!target) return { effect: 'Over', result: { result: 'Skipped', reason: 'NotEnrolled' } };
  journal.promotionMemory ??= newMemory(context.services);
  const facts = await observePromotion(context, journal, target);
  return act(context, { journal, target, facts }, nextPromotionStep(facts));
}

export interface Promotion {
  journal: RunJournal;
  target: PromotionTarget;
  facts: PromotionFacts;
}

async function observePromotion(
  context: PreparedContext,
  journal: RunJournal,
  target: PromotionTarget,
): Promise<PromotionFacts> {
  const { services, object } = context;
  const id = await target.knownGood.pointerId();
  const pointer = id === undefined ? undefined : await target.knownGood.generation(id);
  const steps = journal.promotionMemory?.steps;
  const lease = await readLease(target.knownGood.directory);
  return {
    runUid: object.uid,
    ...(id === undefined
      ? {}
      : { knownGood: { id, ...(pointer?.manifest.run ? { runUid: pointer.manifest.run.uid } : {}) } }),
    ...(steps ? { journal: steps } : {}),
    process: services.session,
    generation: steps && (await target.knownGood.generation(steps.operation)) ? 'Complete' : 'Absent',
    lease: lease === undefined ? 'Free' : holdsLease(lease, target.holder) ? 'Mine' : 'Other',
    volumes: await target.knownGood.volumesState(),
    eligibility: await eligibilityOf(context, target, pointer?.manifest),
  };
}

async function eligibilityOf(
  context: PreparedContext,
  target: PromotionTarget,
  knownGood: Manifest | undefined,
): Promise<PromotionEligibility> {
  const { frozen, mirror, signal } = context;
  const tag = await mirror.versionAt(frozen.head.commit, signal);
  const { canonical, spec } = target;
  return promotionEligibility({
    green: true,
    pullRequest: frozen.spec.pullRequest !== undefined || /^refs\/(pull|merge-requests)\//.test(frozen.ref),
    envOverridden: Object.keys(frozen.spec.env ?? {}).length > 0,
    promotion: frozen.spec.promotion,
    ...(spec.app.recipe === frozen.recipe
      ? {
          canonical: {
            source: canonicalSource(context, target) ?? '',
            suspended: spec.suspend || canonical.suspended,
          },
        }
      : {}),
    source: frozen.source,
    headCommit: frozen.head.commit,
    ...(tag ? { tagCommit: tag.commit } : {}),
    ...(knownGood
      ? { knownGood: { commit: knownGood.commit, comparison: compare(frozen.head.version, knownGood.version) } }
      : {}),
  });
}

function canonicalSource({ frozen, services }: PreparedContext, { spec }: PromotionTarget): string | undefined {
  const named = spec.app.source ?? services.settings.recipeSource;
  return named === undefined ? undefined : sourceOf(frozen.recipe, spec.app.source, services.settings.recipeSource);
}

function compare(head: string | undefined, other: string): number {
  const left = parseVersion(head ?? '');
  const right = parseVersion(other);
  return left && right ? compareVersions(left, right) : 0;
}

async function act(context: PreparedContext, promotion: Promotion, step: NextPromotionStep): Promise<PromotionEffect> {
  const { target, journal } = promotion;
  const { services } = context;
  switch (step.next) {
    case 'AcquireLease': {
      const lease = await acquireLease(target.knownGood.directory, target.holder, services.clock);
      if (holdsLease(lease, target.holder)) return { effect: 'Continue' };
      return {
        effect: 'Wait',
        afterMs: 1_000,
        waitingFor: `the lease of ${target.canonical.name}, held by ${lease.holder}`,
      };
    }
    case 'Begin':
      return begin(context, journal, 1);
    case 'BeginAgain':
      await undeployAndAssertGone(context, target.home.domain);
      return begin(context, journal, step.begun);
    case 'Step':
      return performPromotionStep(context, promotion, step.step);
    case 'Fail':
      fail(context, journal, step.reason);
      return { effect: 'Continue' };
    case 'Undo':
      return undo(context, promotion, step);
    case 'SkipAndRelease':
      await releaseLease(target.knownGood.directory, target.holder);
      return { effect: 'Over', result: { result: 'Skipped', reason: step.reason } };
    case 'Over':
      return { effect: 'Over', result: resultOf(context, step) };
  }
}

function resultOf(
  { frozen }: PreparedContext,
  step: NextPromotionStep & { next: 'Over' },
): NonNullable<RunJournal['promotion']> {
  const version = frozen.head.version === undefined ? {} : { version: frozen.head.version };
  if (step.outcome === 'Promoted') return { result: 'Promoted', ...version, generation: step.generation };
  return { result: step.outcome, reason: step.reason };
}

function begin({ services }: PreparedContext, journal: RunJournal, begun: number): PromotionEffect {
  const steps: PromotionJournal = {
    operation: `g${randomUUID()}`,
    process: services.session,
    begun,
    done: [],
    undone: [],
  };
  journal.promotionMemory = { ...newMemory(services), steps };
  return { effect: 'Continue' };
}

/** Journals that the promotion goes no further; the way back follows. A swap that was made stays. */
export function fail(
  { services }: PreparedContext,
  journal: RunJournal,
  failure: PromotionFailure,
  message?: string,
): void {
  const memory = journal.promotionMemory ?? newMemory(services);
  const steps = memory.steps ?? { operation: '', process: services.session, begun: 0, done: [], undone: [] };
  journal.promotionMemory = memory;
  if (steps.failure) return;
  memory.steps = { ...steps, failure };
  if (message !== undefined) memory.message = message;
}

async function undo(
  context: PreparedContext,
  { target, journal, facts }: Promotion,
  step: NextPromotionStep & { next: 'Undo' },
): Promise<PromotionEffect> {
  const { services, signal } = context;
  if (step.step === 'Undeploy') await undeployAndAssertGone(context, target.home.domain);
  if (step.step === 'SettleVolumes' && step.how === 'DestroyAndMarkMissing') {
    await services.platform.destroy({ domain: target.home.domain }, signal);
    await target.knownGood.setVolumesState({ state: 'Missing' });
  }
  if (step.step === 'SettleVolumes' && step.how === 'MarkDirty') {
    await target.knownGood.setVolumesState(dirtied(facts.volumes, facts.knownGood?.id));
  }
  if (step.step === 'ReleaseLease') await releaseLease(target.knownGood.directory, target.holder);
  const memory = journal.promotionMemory;
  if (memory?.steps) memory.steps = { ...memory.steps, undone: [...memory.steps.undone, step.step] };
  return { effect: 'Continue' };
}
