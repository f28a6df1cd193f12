import type { DefaultedAppBlock } from '../../../lib/api/index.ts';
import { planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan } from '../../../lib/app/commit.ts';
import { deployApp } from '../../../lib/app/deploy-app.ts';
import { checkOutRevision } from '../../../lib/app/revision.ts';
import { assertGone, takeDown, volumesTwice } from '../../../lib/app/take-down.ts';
import { CcError } from '../../../lib/errors.ts';
import { coreutils } from '../../../lib/fs/coreutils.ts';
import { generationRef } from '../../../lib/known-good/generation-ref.ts';
import { releaseLease } from '../../../lib/known-good/lease.ts';
import type { PromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import { dirtied } from '../../../lib/known-good/volumes-state.ts';
import type { AppObservation } from '../../../lib/platform/platform.ts';
import { removeAsides } from '../../../lib/snapshot/restore.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { keyOfPlace, type RunJournal } from '../journal.ts';
import type { PreparedContext } from '../stage.ts';
import { runInstallHooksAt } from '../stages/install.ts';
import { runDataHook } from '../steps/commands.ts';
import { clearKnownGood, type KnownGoodApp, lostInKnownGood, plantInKnownGood } from './canary.ts';
import { placeData } from './data.ts';
import { fail, memoryOf } from './memory.ts';
import type { Promotion, PromotionEffect } from './promotion.ts';
import { atKnownGood, type PromotionTarget } from './target.ts';

const goOn: PromotionEffect = { effect: 'Continue' };

/** Performs one step at the canonical's domain and notes it as done in the draft. Each is idempotent. */
export async function performPromotionStep(
  context: PreparedContext,
  promotion: Promotion,
  step: PromotionStep,
): Promise<PromotionEffect> {
  const before = promotion.journal.promotionMemory?.steps?.failure;
  const effect = await STEPS[step](context, promotion);
  const failedNow = promotion.journal.promotionMemory?.steps?.failure !== before;
  if (effect.effect === 'Continue' && !failedNow) markDone(context, promotion.journal, step);
  return effect;
}

/** A promotion that was cancelled after its swap still ends all its steps: they are noted all the same. */
function markDone({ services }: PreparedContext, journal: RunJournal, step: PromotionStep): void {
  const memory = journal.promotionMemory;
  if (!memory?.steps) return;
  memory.steps = { ...memory.steps, done: [...memory.steps.done, step] };
  memory.stepStartedMs = services.clock.monotonicMs();
  delete memory.faults;
}

type Act = (context: PreparedContext, promotion: Promotion) => Promise<PromotionEffect>;

const STEPS: Readonly<Record<PromotionStep, Act>> = {
  MarkDirty: async (_context, { target, facts }) => {
    await target.knownGood.setVolumesState(dirtied(facts.volumes, facts.knownGood?.id));
    return goOn;
  },
  Restore: async (context, promotion) => {
    context.leavePool();
    await placeData(context, promotion, memoryOf(promotion.journal));
    return goOn;
  },
  PlantCanary: async (context, promotion) => {
    await plantInKnownGood(context, knownGoodApp(promotion));
    return goOn;
  },
  Deploy: deployTag,
  AwaitHealth: awaitHealth,
  VerifyData: verifyData,
  RemoveCanary: async (context, promotion) => {
    await clearKnownGood(context, knownGoodApp(promotion));
    return goOn;
  },
  Undeploy: async (context, { target, journal }) => {
    const change = await changeAt(context, target.home.domain);
    if (change !== undefined) return failed(context, journal, change);
    await takeDown(context.services.platform, target.home.domain, context.signal);
    await removeAsides(target.home.directory);
    return goOn;
  },
  MakeGeneration: makeGeneration,
  Swap: async (context, { target, journal }) => {
    await target.knownGood.swap(memoryOf(journal).steps?.operation ?? '', context.signal);
    return goOn;
  },
  MarkClean: async (_context, { target, journal, facts }) => {
    await target.knownGood.setVolumesState({
      state: 'Clean',
      generation: facts.knownGood?.id ?? memoryOf(journal).steps?.operation ?? '',
    });
    return goOn;
  },
  Collect: collect,
  ReleaseLease: async (_context, { target }) => {
    await releaseLease(target.knownGood.directory, target.holder);
    return goOn;
  },
};

function knownGoodApp({ target, journal }: Promotion): KnownGoodApp {
  return { domain: target.home.domain, memory: memoryOf(journal) };
}

async function deployTag(context: PreparedContext, { target, journal }: Promotion): Promise<PromotionEffect> {
  const { services, mirror, frozen, signal } = context;
  const memory = memoryOf(journal);
  const { home } = target;
  const app = appBlock(target);
  context.leavePool();
  const revision = await checkOutRevision({ home, mirror, resolved: frozen.head, signal });
  const isFresh = memory.parent === undefined;
  if (isFresh) {
    await commitPlan(await planInstall({ home, revision, app }), home);
    const refused = await runInstallHooksAt(atKnownGood(context, target, memory));
    if (refused) return failed(context, journal, refused);
  }
  const laid = isFresh ? { app: { ...app, env: {} } } : { app, overlays: [frozen.ci.upgrade.env] };
  const plan = await planUpgrade({ home, revision, ...laid });
  memory.appliedMs = await deployApp(services, home, await commitPlan(plan, home), signal);
  return goOn;
}

/** @throws CcError `Conflict` where the Canonical is gone: then nothing is deployed for it any more. */
function appBlock({ enrolled, place }: PromotionTarget): DefaultedAppBlock {
  if (enrolled) return enrolled.spec.app;
  throw new CcError('Conflict', `Canonical/${place.name} is not enrolled any more`);
}

function failed(context: PreparedContext, journal: RunJournal, message: string, found?: string): PromotionEffect {
  const text = context.mask.text(message);
  fail(context, journal, { failure: 'Failed', message: text, ...(found === undefined ? {} : { found }) });
  return goOn;
}

async function awaitHealth(context: PreparedContext, { target, journal }: Promotion): Promise<PromotionEffect> {
  const memory = memoryOf(journal);
  const { domain } = target.home;
  const result = await context.services.gate.look({
    domain,
    settings: appBlock(target),
    sinceMs: memory.appliedMs,
    signal: context.signal,
  });
  if (result.state === 'Waiting') return { effect: 'Wait', afterMs: result.afterMs, waitingFor: result.waitingFor };
  if (result.state === 'Failed') return failed(context, journal, `${result.reason}: ${result.message}`, result.reason);
  if (result.url !== undefined) memory.url = result.url;
  // Once it is undeployed, nobody can say any more which images it ran.
  if (context.services.settings.platformKind !== 'Process') memory.images = imagesOf(result.observation);
  return goOn;
}

function imagesOf({ services }: AppObservation): Record<string, string> {
  return Object.fromEntries(services.map(({ name, image }) => [name, image]));
}

/** A fresh app is seeded first, so that the known-good holds the data that later verifications look for. */
async function verifyData(context: PreparedContext, promotion: Promotion): Promise<PromotionEffect> {
  const { target, journal } = promotion;
  const memory = memoryOf(journal);
  const { seed, verify } = context.frozen.ci.data ?? {};
  const at = atKnownGood(context, target, memory);
  if (memory.parent === undefined && seed && !memory.seeded) {
    const result = await runDataHook(at, 'promote-seed', seed);
    if (result.result !== 'Passed') return failedHook(context, promotion, `seed: ${result.message}`);
    memory.seeded = true;
  }
  if (!verify) {
    const lost = await lostInKnownGood(context, knownGoodApp(promotion));
    return lost === undefined ? goOn : failedHook(context, promotion, lost);
  }
  const result = await runDataHook(at, 'promote-verify', verify);
  return result.result === 'Passed' ? goOn : failedHook(context, promotion, `verify: ${result.message}`);
}

/** A hook that fails on an app which somebody else changed says nothing about the version. */
async function failedHook(
  context: PreparedContext,
  { target, journal }: Promotion,
  message: string,
): Promise<PromotionEffect> {
  const change = await changeAt(context, target.home.domain);
  return failed(context, journal, change === undefined ? message : `${change}; seen first: ${message}`);
}

/** Data that an app wrote which is not the one we deployed never becomes known-good. */
async function changeAt({ services, signal }: PreparedContext, domain: string): Promise<string | undefined> {
  const { changedByOthers } = await services.platform.observe({ domain }, signal);
  return changedByOthers === undefined ? undefined : `ChangedByOthers: ${changedByOthers}`;
}

async function makeGeneration(context: PreparedContext, { target, journal }: Promotion): Promise<PromotionEffect> {
  const { services, frozen, object, mirror, signal } = context;
  const memory = memoryOf(journal);
  const { domain } = target.home;
  const id = memory.steps?.operation ?? '';
  context.leavePool();
  // Once more, now that nobody can put it back.
  await clearKnownGood(context, { domain, memory });
  await mirror.keep(generationRef(target.place.uid, id), frozen.head.commit, signal);
  await services.limits.run(
    'Copy',
    async () =>
      makeSet({
        id,
        directory: target.knownGood.sets.directory,
        volumes: await volumesTwice(services.platform, domain, signal),
        envFile: target.home.envFile,
        secretsDirectory: target.home.secretsDirectory,
        fields: {
          ...(memory.parent === undefined ? {} : { parent: memory.parent }),
          recipe: frozen.recipe,
          source: frozen.source,
          version: frozen.head.version ?? '',
          commit: frozen.head.commit,
          run: { name: object.name, uid: object.uid },
          domain,
          ...(memory.images === undefined ? {} : { images: memory.images }),
        },
        assertUndeployed: () => assertGone(services.platform, domain, signal),
        clock: services.clock,
        tools: coreutils(services, signal),
      }),
    signal,
  );
  return goOn;
}

async function collect(context: PreparedContext, { target, facts }: Promotion): Promise<PromotionEffect> {
  const { services, mirror, signal } = context;
  const referenced = new Set(facts.knownGood ? [facts.knownGood.id] : []);
  if (!target.enrolled) return goOn;
  const { generations: keep } = target.enrolled.spec.keep;
  const removed = await target.knownGood.collect({ keep, referenced });
  for (const id of removed) await mirror.release(generationRef(target.place.uid, id), signal);
  const kept = (await target.knownGood.sets.list()).map((one) => one.manifest.commit);
  await target.home.pruneRevisions(kept);
  services.enqueue(keyOfPlace(target.place));
  return goOn;
}
