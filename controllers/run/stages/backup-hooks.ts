import { CcError, orElse } from '../../../lib/errors.ts';
import type { BackupHooks, BackupPlan } from '../../../lib/recipe/backup-labels.ts';
import { logTail } from '../../../lib/run-record/last-words.ts';
import { failStage, type PreparedContext, type StepOutcome } from '../stage.ts';

type HookName = Exclude<keyof BackupHooks, 'service'>;

const LABELS: Readonly<Record<HookName, string>> = {
  preHook: 'backupbot.backup.pre-hook',
  postHook: 'backupbot.backup.post-hook',
  restorePreHook: 'backupbot.restore.pre-hook',
  restorePostHook: 'backupbot.restore.post-hook',
};
const HOOK_TIMEOUT_MS = 600_000;
/** Left of the stage's deadline when a hook that hangs is ended, so that the failure names it, milliseconds. */
const MARGIN_MS = 5_000;
/** What a shell and an engine say by these, in words. */
const NOT_RUN: Readonly<Record<number, string>> = {
  126: '126 (the command cannot be executed, or the image has no /bin/sh)',
  127: '127 (there is no such command, or the image has no /bin/sh)',
};

/**
 * Runs one kind of hook in every service that has it, by the shell of its container; gives the failure of the first that
 * fails, which names the label and the service. @throws CcError `Aborted`, `Unreachable`.
 */
export async function runBackupHooks(
  context: PreparedContext,
  plan: BackupPlan,
  name: HookName,
): Promise<StepOutcome | undefined> {
  for (const { service, [name]: command } of plan.services) {
    const hook = `${LABELS[name]} of service ${service}`;
    const failed = command === undefined ? undefined : await runHook(context, { hook, service, command });
    if (failed) return failed;
  }
  return undefined;
}

interface Hook {
  /** In words. */
  hook: string;
  service: string;
  command: string;
}

async function runHook(context: PreparedContext, { hook, service, command }: Hook): Promise<StepOutcome | undefined> {
  const { services, domain, signal, mask, remainingMs } = context;
  const timeoutMs = Math.max(1, Math.min(HOOK_TIMEOUT_MS, remainingMs - Math.min(MARGIN_MS, remainingMs / 4)));
  const run = services.platform.exec({ domain }, service, ['/bin/sh', '-c', command], { signal, timeoutMs });
  const result = await orElse(run, 'NotFound', ({ message }) => message);
  if (typeof result === 'string') return failStage('HookFailed', `${hook} cannot run: ${result}`, { service });
  const { exitCode, outcome, stdout, stderr } = result;
  if (outcome === 'Aborted') throw new CcError('Aborted', `${hook} was cut off`);
  if (outcome === 'Exited' && exitCode === 0) return undefined;
  const tail = logTail(mask.text(`${stdout}\n${stderr}`));
  const how = outcome === 'TimedOut' ? 'did not end in time' : `ended with ${NOT_RUN[exitCode] ?? exitCode}`;
  const message = [`${hook} ${how}`, ...tail.slice(-1)].join(': ');
  return failStage('HookFailed', message, { service, exitCode, logTail: tail });
}
