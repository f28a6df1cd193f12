import { mkdir } from 'node:fs/promises';
import type { CommandSource } from '../../../lib/api/index.ts';
import { type AppPlan, planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan } from '../../../lib/app/commit.ts';
import { checkOutRevision, deployApp } from '../../../lib/app/deployment.ts';
import { maskFiles } from '../../../lib/checks/mask-files.ts';
import { explainError, hasCode } from '../../../lib/errors.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import type { ResolvedCommit } from '../../../lib/run-record/run-files.ts';
import { failStage, next, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';
import { awaitUpForUpgrade, lookAtDeploy } from '../steps/app-steps.ts';
import { canaryStep, plantInApp } from '../steps/canaries.ts';
import { maskArtifacts, runDataHook, runProfileCommand } from '../steps/commands.ts';
import { type CommandOutcome, failedHook } from '../steps/never-ran.ts';
import { noteDeployTime, noteStartTime } from '../steps/timeouts.ts';
import { refuseUnlisted, withinLimits } from '../steps/trust.ts';
import { hookPlaces, mergeHookOutput, readableSecrets } from './hook-output.ts';
import { seePageOfBase } from './page.ts';

/** Deploys the base version (head where there is no upgrade to test), fresh, and puts data in. */
export const install: Stage = {
  name: 'Install',
  steps: [
    { name: 'Hooks', deadline: 'Total', run: prepareApp },
    { name: 'Deploy', deadline: 'Deploy', run: deployBase },
    { name: 'AwaitUp', deadline: 'Health', run: awaitUpForUpgrade },
    { name: 'SeePage', deadline: 'Test', run: seePageOfBase },
    { name: 'Seed', deadline: 'Test', run: seed },
  ],
};

/** What Install deploys. Pure. */
function installedCommit({ resolved }: Pick<PreparedContext, 'resolved'>): ResolvedCommit {
  return resolved.base.from === 'None' ? resolved.head : resolved.base;
}

async function prepareApp(context: PreparedContext): Promise<StepOutcome> {
  const { home, mirror, resolved, signal } = context;
  const revision = await checkOutRevision({ home, mirror, resolved: installedCommit(context), signal });
  const plan = await planInstall({ home, revision, app: resolved.app, overlays: [resolved.spec.env] });
  await commitPlan(plan, home);
  noteStartTime(context, plan);
  return (await runInstallHooks(context)) ?? next;
}

/** Lets each hook of the profile add env lines and secrets before the first deploy; gives the first failure. */
export async function runInstallHooks(context: PreparedContext): Promise<StepOutcome | undefined> {
  for (const hook of context.resolved.ci.install?.hooks ?? []) {
    // Assembling the app, or the hook before, has only just made these secrets: the mask of the pass lacks them.
    context.mask = context.mask.with(await context.home.secretValues());
    const places = hookPlaces(joinInside(context.directories.scratch, `hook-${hook.name}`));
    await mkdir(places.secretsDirectory, { recursive: true, mode: 0o700 });
    const { name, command, from } = hook;
    const outcome = await runProfileCommand(context, { name, command, from, timeoutMs: 600_000, install: places });
    const result = await maskLateSecrets(context, outcome, await readableSecrets(places));
    if (result.result === 'Failed') return failedHook(`hook ${name}`, 'InstallHookFailed', result);
    const fault = await mergeHookOutput(context.home, places).then(
      () => undefined,
      (error: unknown) => outputFault(hook, error),
    );
    await removeTree(places.directory);
    if (fault) return fault;
  }
  return undefined;
}

/** Nobody knew the secrets that a hook makes while its output was written: what it left is masked once more. */
async function maskLateSecrets(
  context: PreparedContext,
  outcome: CommandOutcome,
  made: readonly string[],
): Promise<CommandOutcome> {
  if (made.length === 0) return outcome;
  const mask = context.mask.with([...made, ...(await context.home.secretValues())]);
  context.mask = mask;
  await maskFiles(context.directories.logs, mask);
  if (outcome.artifacts !== undefined) await maskArtifacts(outcome.artifacts, mask);
  return { ...outcome, message: mask.text(outcome.message), logTail: outcome.logTail.map((line) => mask.text(line)) };
}

/** What a hook left is the fault of whoever wrote it. */
function outputFault({ name, from }: { name: string; from: CommandSource | undefined }, error: unknown): StepOutcome {
  if (!hasCode(error, 'InvalidInput', 'Refused')) throw error;
  const reason = from === 'Profile' ? 'InvalidProfile' : 'InstallHookFailed';
  return failStage(reason, `hook ${name}: ${explainError(error)}`);
}

/** Deploys with the env that install hooks may have added to. */
async function deployBase(context: PreparedContext): Promise<StepOutcome> {
  const { services, home, mirror, resolved, signal, applied } = context;
  context.leavePool();
  const revision = await checkOutRevision({ home, mirror, resolved: installedCommit(context), signal });
  const plan = await planUpgrade({ home, revision, app: { ...resolved.app, env: {} } });
  const refused = refuseUnlisted(context, resolved, plan);
  if (refused) return refused;
  noteStartTime(context, plan);
  await lookAtDeploy(context);
  const app = withinLimits(context, resolved, await commitPlan(plan, home));
  applied.appliedMs = await deployApp(services, home, app, signal);
  noteDeployTime(context);
  await lookAtDeploy(context);
  await nameIgnoredKeys(context, plan);
  return next;
}

async function seed(context: PreparedContext): Promise<StepOutcome> {
  const hook = context.resolved.ci.data?.seed;
  if (!hook) return await canaryStep(context, plantInApp);
  if (context.memory.seeded) return next;
  const result = await runDataHook(context, 'seed', hook);
  if (result.result !== 'Passed') return failedHook('seed', 'SeedFailed', result);
  context.memory.seeded = true;
  return next;
}

/** Commands that abra runs after a deploy that it waits for; here nobody waits in abra, so that nobody runs them. */
const COMMAND_KEYS = ['POST_DEPLOY_CMDS', 'POST_UPGRADE_CMDS'] as const;

/** What the recipe asks for and this platform does not do is said, not passed over. */
async function nameIgnoredKeys({ services, domain, object, signal }: PreparedContext, { env }: AppPlan): Promise<void> {
  const { ignored } = await services.platform.observe({ domain }, signal);
  const all = [...ignored, ...COMMAND_KEYS.filter((key) => (env[key] ?? '') !== '')];
  if (all.length === 0) return;
  const message = `without effect on the ${services.settings.platformKind} platform: ${all.join(', ')}`;
  await services.store.event(object, { type: 'Normal', reason: 'IgnoredComposeKeys', message });
}
