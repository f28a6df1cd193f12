import { planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan } from '../../../lib/app/commit.ts';
import { checkOutRevision, deployApp, takeDown } from '../../../lib/app/deployment.ts';
import { CcError } from '../../../lib/errors.ts';
import { putBack } from '../../../lib/known-good/reattach.ts';
import type { ResolvedKnownGood } from '../../../lib/run-record/run-files.ts';
import { type CanonicalPlace, knownGoodOf } from '../canonical-place.ts';
import { isClean, type LiveData, putBackOptions } from '../quick/live-data.ts';
import { next, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';
import { awaitUpForUpgrade, lookAtDeploy } from '../steps/app-steps.ts';
import { canaryStep, plantInApp } from '../steps/canaries.ts';
import { noteDeployTime, noteStartTime } from '../steps/timeouts.ts';
import { runInstallHooks } from './install.ts';
import { seePageOfBase } from './page.ts';

/** Deploys the known-good on exactly its data, at the canonical's domain, under its lease. */
export const reattach: Stage = {
  name: 'Reattach',
  steps: [
    { name: 'Restore', deadline: 'Total', run: restore },
    { name: 'MarkDirty', deadline: 'Total', run: markDirty },
    { name: 'Hooks', deadline: 'Total', run: wireDependencies },
    { name: 'Deploy', deadline: 'Deploy', run: deployKnownGood },
    { name: 'AwaitUp', deadline: 'Health', run: awaitUpForUpgrade },
    { name: 'SeePage', deadline: 'Test', run: seePageOfBase },
    { name: 'PlantCanary', deadline: 'Test', run: (context) => canaryStep(context, plantInApp) },
  ],
};

interface Reattached {
  live: LiveData;
  place: CanonicalPlace;
  knownGood: ResolvedKnownGood;
}

/** @throws CcError `Internal` in a run that is not a quick one. */
function reattached({ services, attempt, resolved, signal }: PreparedContext): Reattached {
  const { knownGood } = resolved;
  const place = attempt.reattached;
  if (!place || !knownGood) throw new CcError('Internal', 'a quick run without a known-good');
  return { live: { services, place, signal }, place, knownGood };
}

/** Whatever the last run left: the data is exactly the known-good before anything runs on it. */
async function restore(context: PreparedContext): Promise<StepOutcome> {
  const { services, object, attempt, domain, signal } = context;
  const { live, knownGood } = reattached(context);
  context.leavePool();
  await takeDown(services.platform, domain, signal);
  if (await isClean(live, knownGood.generation)) return next;
  const operation = { id: `reattach-${object.uid}`, attempt: attempt.number };
  await putBack(putBackOptions(live, knownGood.generation, operation));
  return next;
}

/** Before anything runs on the data. How long the known-good starts is read here, too: its deploy has a deadline. */
async function markDirty(context: PreparedContext): Promise<StepOutcome> {
  const { services } = context;
  const { place, knownGood } = reattached(context);
  noteStartTime(context, await planKnownGood(context));
  await knownGoodOf(services, place).setVolumesState({ state: 'Dirty', generation: knownGood.generation });
  return next;
}

/** The env kept with the data names the realm of the run that promoted it, which is gone: hooks write that of this one. */
async function wireDependencies(context: PreparedContext): Promise<StepOutcome> {
  if ((context.attempt.dependencies ?? []).length === 0) return next;
  return (await runInstallHooks(context)) ?? next;
}

/** The known-good comes from the Canonical's own source, whatever source the run names. */
async function planKnownGood(context: PreparedContext) {
  const { home, services, resolved, signal } = context;
  const { knownGood } = reattached(context);
  const mirror = services.mirrors.of(resolved.recipe, knownGood.source);
  const revision = await checkOutRevision({ home, mirror, resolved: knownGood, signal });
  return await planUpgrade({ home, revision, app: resolved.app, overlays: [resolved.ci.upgrade.env] });
}

async function deployKnownGood(context: PreparedContext): Promise<StepOutcome> {
  const { services, home, signal, applied } = context;
  context.leavePool();
  const plan = await planKnownGood(context);
  await lookAtDeploy(context);
  applied.appliedMs = await deployApp(services, home, await commitPlan(plan, home), signal);
  noteDeployTime(context);
  await lookAtDeploy(context);
  return next;
}
