import type { StageResult } from '../../../lib/api/index.ts';
import { emptyParts, putBack } from '../../../lib/app/backup-restore.ts';
import { explainError, hasCode } from '../../../lib/errors.ts';
import { awaitUp, coreutils, lookOnce } from '../app-steps.ts';
import { runDataHook } from '../commands.ts';
import { failedHook, neverRan } from '../never-ran.ts';
import { failStage, next, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';
import { deployedBackupPlan } from './backup.ts';
import { runBackupHooks } from './backup-hooks.ts';

/** Wipes the data, proves that the check notices, puts the backup back and checks again. */
export const restore: Stage = {
  name: 'Restore',
  steps: [
    { name: 'Wipe', deadline: 'Test', run: wipe },
    { name: 'ProveWiped', deadline: 'Health', run: proveWiped },
    { name: 'PutBack', deadline: 'Total', run: putDataBack },
    { name: 'AwaitUp', deadline: 'Health', run: awaitUp },
    { name: 'RestoreHooks', deadline: 'Total', run: restoreHooks },
    { name: 'AwaitUpAgain', deadline: 'Health', run: awaitUp },
    { name: 'Verify', deadline: 'Test', run: verifyRestored },
  ],
};

async function wipe(context: PreparedContext): Promise<StepOutcome> {
  const { services, attempt, signal, memory, frozen } = context;
  const hook = frozen.ci.data?.wipe;
  if (hook) {
    const result = await runDataHook(context, 'wipe', hook);
    if (result.result === 'Passed') return next;
    return failedHook('wipe', 'WipeFailed', result);
  }
  context.leavePool();
  const app = { domain: attempt.domain };
  memory.up = false;
  await services.platform.stopServices(app, signal);
  const refused = await empty(context);
  if (refused) return refused;
  memory.appliedMs = services.clock.now();
  await services.platform.startServices(app, signal);
  return next;
}

/** What an app has put in the way of its own backup path is its fault. */
async function empty({ services, attempt, signal, memory }: PreparedContext): Promise<StepOutcome | undefined> {
  try {
    await emptyParts(memory.backup ?? [], await services.platform.volumes({ domain: attempt.domain }, signal));
    return undefined;
  } catch (error) {
    if (!hasCode(error, 'Refused')) throw error;
    return failStage('WipeFailed', explainError(error));
  }
}

/** `verify` has to fail now: one that passes on wiped data proves nothing. Not coming up counts as failing. */
async function proveWiped(context: PreparedContext): Promise<StepOutcome> {
  const { frozen, memory } = context;
  const verify = frozen.ci.data?.verify;
  if (!verify) return next;
  if (!frozen.ci.data?.wipe) {
    const state = await lookOnce(context, frozen.app);
    if (state === 'Failed') return next;
    if (state === 'Waiting' && context.services.clock.now() - memory.appliedMs < WIPED_UP_MS) {
      return { kind: 'Wait', afterMs: 250, waitingFor: 'the app on wiped data' };
    }
    if (state === 'Waiting') return next;
  }
  const result = await runDataHook(context, 'verify-wiped', verify);
  if (neverRan(result)) return failedHook('on wiped data, verify', 'DataLost', result);
  if (result.result === 'Failed') return next;
  const stage = stageOf(context);
  if (stage) stage.reason = PROVES_NOTHING;
  return next;
}

/** Noted in the running stage, so that the data is put back all the same: what is tested after it needs it. */
const PROVES_NOTHING = 'VerifyProvesNothing';

function stageOf({ progress }: PreparedContext): StageResult | undefined {
  return progress.stages.find(({ name }) => name === restore.name);
}

/** How long an app may take to come up on wiped data before that counts as "verify fails", milliseconds. */
const WIPED_UP_MS = 20_000;

async function putDataBack(context: PreparedContext): Promise<StepOutcome> {
  const { services, attempt, signal, memory, directories } = context;
  context.leavePool();
  const app = { domain: attempt.domain };
  const plan = await deployedBackupPlan(context);
  const failed = context.frozen.ci.data?.wipe ? await runBackupHooks(context, plan, 'restorePreHook') : undefined;
  if (failed) return failed;
  memory.up = false;
  await services.platform.stopServices(app, signal);
  const volumes = await services.platform.volumes(app, signal);
  try {
    const tools = coreutils(services, signal);
    await services.limits.run(
      'Copy',
      () => putBack(memory.backup ?? [], volumes, { artifact: directories.backup, tools }),
      signal,
    );
  } catch (error) {
    if (!hasCode(error, 'Damaged', 'DataMissing', 'Refused')) throw error;
    return failStage('RestoreDiffers', explainError(error));
  }
  memory.appliedMs = services.clock.now();
  await services.platform.startServices(app, signal);
  return next;
}

async function restoreHooks(context: PreparedContext): Promise<StepOutcome> {
  context.leavePool();
  return (await runBackupHooks(context, await deployedBackupPlan(context), 'restorePostHook')) ?? next;
}

async function verifyRestored(context: PreparedContext): Promise<StepOutcome> {
  const verify = context.frozen.ci.data?.verify;
  if (!verify) {
    const message = 'the files are back as they were saved, but no verify hook says that the app reads them';
    return { kind: 'End', end: { result: 'Unverified', reason: 'NoVerifyHook', message } };
  }
  if (stageOf(context)?.reason === PROVES_NOTHING) {
    const message = 'verify passes although the data was wiped: it proves nothing, so neither does this restore';
    return { kind: 'End', end: { result: 'Unverified', reason: PROVES_NOTHING, message } };
  }
  const result = await runDataHook(context, 'verify', verify);
  if (result.result === 'Passed') return next;
  return failedHook('after the restore, verify', 'DataLost', result);
}
