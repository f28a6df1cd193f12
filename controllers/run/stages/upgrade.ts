import { type AppPlan, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan } from '../../../lib/app/commit.ts';
import { checkOutRevision, deployApp } from '../../../lib/app/deployment.ts';
import {
  failStage,
  next,
  noteEvidence,
  type PreparedContext,
  type Stage,
  type StepOutcome,
  skipStage,
} from '../stage.ts';
import { awaitUp, lookAtDeploy } from '../steps/app-steps.ts';
import { canaryStep, lookAfterUpgrade } from '../steps/canaries.ts';
import { runDataHook } from '../steps/commands.ts';
import { failedHook } from '../steps/never-ran.ts';
import { noteDeployTime, noteStartTime } from '../steps/timeouts.ts';
import { refuseUnlisted, withinLimits } from '../steps/trust.ts';

/** Updates in place to the tested commit; passes only if that commit is what runs, with the data still there. */
export const upgrade: Stage = {
  name: 'Upgrade',
  steps: [
    { name: 'Assemble', deadline: 'Total', run: assembleHead },
    { name: 'Deploy', deadline: 'Deploy', run: deployHead },
    { name: 'AwaitUp', deadline: 'Health', run: awaitUp },
    { name: 'ConfirmCommit', deadline: 'Deploy', run: confirmCommit },
    { name: 'Verify', deadline: 'Test', run: verifyData },
  ],
};

/** Reads how long the new version starts, before the time of its deploy runs. */
async function assembleHead(context: PreparedContext): Promise<StepOutcome> {
  const { base } = context.resolved;
  if (base.from === 'None') return skipStage(base.reason, base.message);
  context.applied.up = false;
  noteStartTime(context, await planHead(context));
  return next;
}

/** Everything that head is to be deployed from; nothing of the app is changed yet. */
async function planHead(context: PreparedContext): Promise<AppPlan> {
  const { home, mirror, resolved, signal } = context;
  const revision = await checkOutRevision({ home, mirror, resolved: resolved.head, signal });
  return await planUpgrade({
    home,
    revision,
    app: resolved.app,
    overlays: [resolved.ci.upgrade.env, resolved.spec.env],
  });
}

async function deployHead(context: PreparedContext): Promise<StepOutcome> {
  const { services, home, resolved, signal, applied } = context;
  context.leavePool();
  const plan = await planHead(context);
  const refused = refuseUnlisted(context, resolved, plan);
  if (refused) return refused;
  if (!(await lookAtDeploy(context)))
    return failStage('ChangedByOthers', 'the app is gone: there is nothing to upgrade');
  const app = withinLimits(context, resolved, await commitPlan(plan, home));
  applied.appliedMs = await deployApp(services, home, app, signal);
  noteDeployTime(context);
  return next;
}

/** The deployed commit must be head: an update that the platform took back, or never made, is no upgrade. */
async function confirmCommit({ services, domain, resolved, signal }: PreparedContext): Promise<StepOutcome> {
  const observed = await services.platform.observe({ domain }, signal);
  if (observed.commit === resolved.head.commit) return next;
  const running = observed.commit?.slice(0, 10) ?? 'nothing';
  return failStage('WrongCommit', `${running} is deployed, not the tested ${resolved.head.commit.slice(0, 10)}`);
}

async function verifyData(context: PreparedContext): Promise<StepOutcome> {
  const hook = context.resolved.ci.data?.verify;
  if (!hook) return await canaryStep(context, lookAfterUpgrade);
  const result = await runDataHook(context, 'verify', hook);
  if (result.result !== 'Passed') return failedHook('after the upgrade, verify', 'DataLost', result);
  noteEvidence(context, 'Hooks');
  return next;
}
