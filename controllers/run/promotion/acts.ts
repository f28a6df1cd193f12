import type { DefaultedAppBlock } from '../../../lib/api/index.ts';
import { planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan } from '../../../lib/app/commit.ts';
import { assertGone, checkOutRevision, deployApp, takeDown, volumesTwice } from '../../../lib/app/deployment.ts';
import { CcError } from '../../../lib/errors.ts';
import { coreutils } from '../../../lib/fs/coreutils.ts';
import type { PromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import { dirtied } from '../../../lib/known-good/volumes-state.ts';
import { generationRef } from '../../../lib/known-good/way-back.ts';
import type { AppObservation } from '../../../lib/platform/platform.ts';
import { withdrawPrepared } from '../../../lib/snapshot/prepare.ts';
import { readPrepared } from '../../../lib/snapshot/prepared.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { keyOfPlace } from '../canonical-place.ts';
import { failStage, next, type PreparedContext, type StepOutcome } from '../stage.ts';
import { runInstallHooks } from '../stages/install.ts';
import { awaitUp } from '../steps/app-steps.ts';
import { runDataHook } from '../steps/commands.ts';
import { failedHook } from '../steps/never-ran.ts';
import { clearKnownGood, lostInKnownGood, plantInKnownGood } from './canary.ts';
import { placeData } from './data.ts';
import { stepsOf } from './memory.ts';
import type { Promotion } from './promotion.ts';
import type { PromotionTarget } from './target.ts';

/** Performs one step at the canonical's domain. Each is idempotent. */
export async function performPromotionStep(
  context: PreparedContext,
  promotion: Promotion,
  step: PromotionStep,
): Promise<StepOutcome> {
  return await STEPS[step](context, promotion);
}

type Act = (context: PreparedContext, promotion: Promotion) => Promise<StepOutcome>;

const goingOn = (work: Promise<unknown>): Promise<StepOutcome> => work.then(() => next);

const STEPS: Readonly<Record<PromotionStep, Act>> = {
  MarkDirty: (_context, { target, facts }) =>
    goingOn(target.knownGood.setVolumesState(dirtied(facts.volumes, facts.knownGood?.id))),
  Restore: (context, promotion) => {
    context.leavePool();
    return goingOn(placeData(context, promotion, promotion.memory));
  },
  PlantCanary: (context, { memory }) => goingOn(plantInKnownGood(context, memory)),
  Deploy: deployTag,
  AwaitHealth: awaitHealth,
  VerifyData: verifyData,
  RemoveCanary: (context, { memory }) => goingOn(clearKnownGood(context, memory)),
  Undeploy: async (context, { target }) => {
    const { services, domain, signal } = context;
    const { changedByOthers } = await services.platform.observe({ domain }, signal);
    if (changedByOthers !== undefined) return failStage('ChangedByOthers', changedByOthers);
    await takeDown(services.platform, domain, signal);
    await target.knownGood.discardAsides(target.home.directory);
    return next;
  },
  MakeGeneration: makeGeneration,
  Swap: async ({ signal }, { target, memory }) => goingOn(target.knownGood.swap(stepsOf(memory).operation, signal)),
  MarkClean: async (_context, { target, memory, facts }) => {
    const generation = facts.knownGood?.id ?? stepsOf(memory).operation;
    return goingOn(target.knownGood.setVolumesState({ state: 'Clean', generation }));
  },
  Collect: collect,
  ReleaseLease: ({ services }, { target }) =>
    goingOn(services.turns.release(target.knownGood.directory, target.holder)),
};

async function deployTag(context: PreparedContext, { target, memory }: Promotion): Promise<StepOutcome> {
  const { services, mirror, resolved, signal, home } = context;
  const app = appBlock(target);
  context.leavePool();
  const revision = await checkOutRevision({ home, mirror, resolved: resolved.head, signal });
  const isFresh = memory.parent === undefined;
  if (isFresh) {
    await commitPlan(await planInstall({ home, revision, app }), home);
    const refused = await runInstallHooks(context);
    if (refused) return refused;
  }
  const laid = isFresh ? { app: { ...app, env: {} } } : { app, overlays: [resolved.ci.upgrade.env] };
  const plan = await planUpgrade({ home, revision, ...laid });
  memory.appliedMs = await deployApp(services, home, await commitPlan(plan, home), signal);
  return next;
}

/** @throws CcError `Conflict` where the Canonical is gone: then nothing is deployed for it any more. */
function appBlock({ enrolled, place }: PromotionTarget): DefaultedAppBlock {
  if (enrolled) return enrolled.spec.app;
  throw new CcError('Conflict', `Canonical/${place.name} is not enrolled any more`);
}

async function awaitHealth(context: PreparedContext, { target, memory }: Promotion): Promise<StepOutcome> {
  const outcome = await awaitUp(context, appBlock(target));
  if (outcome.kind !== 'Next' || context.services.settings.platformKind === 'Process') return outcome;
  // Once it is undeployed, nobody can say any more which images it ran.
  memory.images = imagesOf(await context.services.platform.observe({ domain: context.domain }, context.signal));
  return outcome;
}

function imagesOf({ services }: AppObservation): Record<string, string> {
  return Object.fromEntries(services.map(({ name, image }) => [name, image]));
}

/** A fresh app is seeded first, so that the known-good holds the data that later verifications look for. */
async function verifyData(context: PreparedContext, { memory }: Promotion): Promise<StepOutcome> {
  const { seed, verify } = context.resolved.ci.data ?? {};
  if (memory.parent === undefined && seed && !memory.seeded) {
    const result = await runDataHook(context, 'promote-seed', seed);
    if (result.result !== 'Passed') return failedHook('seed', 'SeedFailed', result);
    memory.seeded = true;
  }
  if (!verify) return await lostInKnownGood(context, memory);
  const result = await runDataHook(context, 'promote-verify', verify);
  return result.result === 'Passed' ? next : failedHook('verify', 'DataLost', result);
}

async function makeGeneration(context: PreparedContext, { target, memory }: Promotion): Promise<StepOutcome> {
  const { services, resolved, object, mirror, signal, domain } = context;
  const id = stepsOf(memory).operation;
  context.leavePool();
  // Once more, now that nobody can put it back.
  await clearKnownGood(context, memory);
  await mirror.keep(generationRef(target.place.uid, id), resolved.head.commit, signal);
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
          recipe: resolved.recipe,
          source: resolved.source,
          version: resolved.head.version ?? '',
          commit: resolved.head.commit,
          run: { name: object.name, uid: object.uid },
          domain,
          ...(memory.url === undefined ? {} : { url: memory.url }),
          ...(memory.images === undefined ? {} : { images: memory.images }),
        },
        assertUndeployed: () => assertGone(services.platform, domain, signal),
        clock: services.clock,
        tools: coreutils(services, signal),
      }),
    signal,
  );
  return next;
}

/** A copy of another set than the known-good serves nobody; gives the set of the one that stays. */
async function keepPrepared(
  { services, signal, domain }: PreparedContext,
  { target, facts }: Pick<Promotion, 'target' | 'facts'>,
): Promise<string | undefined> {
  const prepared = await readPrepared(target.home.directory);
  if (prepared === undefined || prepared.set === facts.knownGood?.id) return prepared?.set;
  const volumes = await services.platform.volumes({ domain }, signal);
  await withdrawPrepared({ home: target.home, volumes });
  return undefined;
}

async function collect(context: PreparedContext, { target, facts }: Promotion): Promise<StepOutcome> {
  const { services, mirror, signal } = context;
  const referenced = new Set(facts.knownGood ? [facts.knownGood.id] : []);
  if (!target.enrolled) return next;
  const prepared = await keepPrepared(context, { target, facts });
  if (prepared !== undefined) referenced.add(prepared);
  const { generations: keep } = target.enrolled.spec.keep;
  const removed = await target.knownGood.collect({ keep, referenced });
  for (const id of removed) await mirror.release(generationRef(target.place.uid, id), signal);
  const kept = (await target.knownGood.sets.list()).map((one) => one.manifest.commit);
  await target.home.pruneRevisions(kept);
  services.enqueue(keyOfPlace(target.place));
  return next;
}
