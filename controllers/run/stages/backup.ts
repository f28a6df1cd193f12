import { backupParts, makeBackup } from '../../../lib/app/backup-copy.ts';
import { CcError, hasCode } from '../../../lib/errors.ts';
import { type BackupPlan, backupPlan } from '../../../lib/recipe/backup-labels.ts';
import { composeFilesOf, readCompose, stackNameOf } from '../../../lib/recipe/compose.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { coreutils } from '../app-steps.ts';
import { failStage, next, type PreparedContext, type Stage, type StepOutcome, skipStage } from '../stage.ts';

/** Backs up what the `backupbot` labels of the deployed revision say, and verifies the artifact. */
export const backup: Stage = { name: 'Backup', steps: [{ name: 'BackUp', deadline: 'Total', run: backUp }] };

const HOOK_TIMEOUT_MS = 600_000;

async function backUp(context: PreparedContext): Promise<StepOutcome> {
  const { services, attempt, directories, signal, memory } = context;
  context.leavePool();
  const volumes = await services.platform.volumes({ domain: attempt.domain }, signal);
  if (volumes.length === 0) return skipStage('NothingToTest', 'the app has no volumes');
  const plan = await deployedBackupPlan(context);
  if (!plan.enabled)
    return skipStage(
      'NoBackupLabels',
      `the app has volumes (${volumes.map((one) => one.name).join(', ')}) but no service says backupbot.backup=true`,
    );
  const parts = backupParts(plan);
  if (parts.length === 0) return skipStage('NothingSelected', 'the backup labels exclude every volume');
  const failed = await runBackupHooks(context, plan, 'preHook');
  if (failed) return failed;
  const after = (): Promise<StepOutcome | undefined> => runBackupHooks(context, plan, 'postHook');
  try {
    const records = await services.limits.run(
      'Copy',
      () => makeBackup(parts, volumes, { artifact: directories.backup, tools: coreutils(services, signal) }),
      signal,
    );
    memory.backup = records.map(({ volume, path, digest }) => ({ volume, path, digest }));
  } catch (error) {
    if (!hasCode(error, 'DataMissing', 'Refused', 'Conflict')) throw error;
    await after();
    return failStage('BackupIncomplete', error.remedy ? `${error.message}. ${error.remedy}` : error.message);
  }
  return (await after()) ?? next;
}

/** The backup labels of what is deployed: head after an upgrade, whatever the base said. */
export async function deployedBackupPlan(context: PreparedContext): Promise<BackupPlan> {
  const { home, services, attempt, signal, frozen } = context;
  const { commit } = await services.platform.observe({ domain: attempt.domain }, signal);
  if (commit === undefined) throw new CcError('Unreachable', `${attempt.domain} is not deployed any more`);
  const env = EnvFile.parse((await home.readEnv()) ?? '').entries();
  const compose = await readCompose({
    directory: home.revisionDirectory(commit),
    files: frozen.app.composeFiles ?? composeFilesOf(env),
    env,
    extra: { STACK_NAME: stackNameOf(home.domain), DOMAIN: home.domain },
  });
  return backupPlan(compose);
}

type HookName = 'preHook' | 'postHook' | 'restorePreHook' | 'restorePostHook';

/** Runs one kind of hook in every service that has it; gives the failure of the first that fails. */
export async function runBackupHooks(
  context: PreparedContext,
  plan: BackupPlan,
  name: HookName,
): Promise<StepOutcome | undefined> {
  const { services, attempt, signal, mask } = context;
  for (const hooks of plan.services) {
    const command = hooks[name];
    if (command === undefined) continue;
    const timeoutMs = Math.min(HOOK_TIMEOUT_MS, context.remainingMs);
    const result = await services.platform.exec({ domain: attempt.domain }, hooks.service, ['/bin/sh', '-c', command], {
      signal,
      timeoutMs,
    });
    if (result.exitCode === 0 && result.outcome === 'Exited') continue;
    const logTail = mask
      .text(`${result.stdout}\n${result.stderr}`)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-20);
    const how = result.outcome === 'TimedOut' ? 'did not end in time' : `ended with ${result.exitCode}`;
    const { service } = hooks;
    return failStage('HookFailed', `${label(name)} of service ${service} ${how}: ${logTail.at(-1) ?? ''}`.trim(), {
      service,
      exitCode: result.exitCode,
      logTail,
    });
  }
  return undefined;
}

function label(name: HookName): string {
  const labels = {
    preHook: 'backupbot.backup.pre-hook',
    postHook: 'backupbot.backup.post-hook',
    restorePreHook: 'backupbot.restore.pre-hook',
    restorePostHook: 'backupbot.restore.post-hook',
  } as const;
  return labels[name];
}
