import type { DefaultedDataHook, StageResult } from '../../../lib/api/index.ts';
import type { BackupPart } from '../../../lib/app/backup-copy.ts';
import { emptyParts, putBack } from '../../../lib/app/backup-restore.ts';
import { besideNow, lookForCanaries, removeCanaries } from '../../../lib/canary/canaries.ts';
import { explainError, orElse } from '../../../lib/errors.ts';
import { coreutils } from '../../../lib/fs/coreutils.ts';
import { backupPlan } from '../../../lib/recipe/backup-labels.ts';
import { failStage, next, noteEvidence, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';
import { awaitUp, lookOnce } from '../steps/app-steps.ts';
import { canaryPlace, canaryStep, lookAfterRestore, provenBackedUp, usesCanaries } from '../steps/canaries.ts';
import { runDataHook } from '../steps/commands.ts';
import { failedHook, neverRan } from '../steps/never-ran.ts';
import { deployedCompose } from '../steps/trust.ts';
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
  const { services, domain, signal, memory, applied, resolved } = context;
  const hook = resolved.ci.data?.wipe;
  if (hook) {
    const result = await runDataHook(context, 'wipe', hook);
    return result.result === 'Passed' ? next : failedHook('wipe', 'WipeFailed', result);
  }
  context.leavePool();
  const parts = usesCanaries(context) ? await wipeCanaries(context) : (memory.backup ?? []);
  if (parts.length === 0) return next;
  const app = { domain };
  applied.up = false;
  await services.platform.stopServices(app, signal);
  const refused = await empty(context, parts);
  if (refused) return refused;
  applied.appliedMs = services.clock.now();
  await services.platform.startServices(app, signal);
  return next;
}

/** Takes the canaries out of the databases; gives the backed-up paths that are no database's: they are emptied. */
async function wipeCanaries(context: PreparedContext): Promise<BackupPart[]> {
  const { memory } = context;
  const place = await canaryPlace(context);
  const databases = provenBackedUp(memory).filter(({ kind }) => kind !== 'files');
  await removeCanaries(databases, place);
  const served = new Set(databases.filter(({ kind }) => kind !== 'sqlite').map(({ service }) => service));
  const own = place.compose.services.filter(({ name }) => served.has(name)).flatMap(({ volumes }) => volumes);
  const volumes = new Set(own.map(({ source }) => source));
  return (memory.backup ?? []).filter(({ volume }) => !volumes.has(volume));
}

/** What an app has put in the way of its own backup path is its fault. */
async function empty(context: PreparedContext, parts: readonly BackupPart[]): Promise<StepOutcome | undefined> {
  const { services, domain, signal } = context;
  const emptied = services.platform.volumes({ domain }, signal).then((volumes) => emptyParts(parts, volumes));
  const failed = await orElse(emptied, 'Refused', (error) => failStage('WipeFailed', explainError(error)));
  return failed ?? undefined;
}

/** `verify` has to fail now: one that passes on wiped data proves nothing. Not coming up counts as failing. */
async function proveWiped(context: PreparedContext): Promise<StepOutcome> {
  const verify = context.resolved.ci.data?.verify;
  if (!verify && !usesCanaries(context)) return next;
  const isUp = context.applied.up || context.resolved.ci.data?.wipe;
  const { state, afterMs } = isUp ? { state: 'Up' as const } : await stateOfWiped(context);
  if (state === 'Waiting') return { kind: 'Wait', afterMs, waitingFor: 'the app on wiped data' };
  if (verify) return state === 'Failed' ? next : await proveByHook(context, verify);
  if (await canariesAreThere(context, state)) noteProvesNothing(context);
  return next;
}

function noteProvesNothing(context: PreparedContext): void {
  const stage = stageOf(context);
  if (stage) stage.reason = PROVES_NOTHING;
}

type WipedLook = { state: 'Up' | 'Failed'; afterMs?: never } | { state: 'Waiting'; afterMs: number };

/** How an app on emptied paths comes up; one that takes too long does not. */
async function stateOfWiped(context: PreparedContext): Promise<WipedLook> {
  const look = await lookOnce(context, context.resolved.app);
  if (look.state !== 'Waiting') return { state: look.state };
  const late = context.services.clock.now() - context.applied.appliedMs >= WIPED_UP_MS;
  return late ? { state: 'Failed' } : { state: 'Waiting', afterMs: look.afterMs };
}

async function proveByHook(context: PreparedContext, verify: DefaultedDataHook): Promise<StepOutcome> {
  const result = await runDataHook(context, 'verify-wiped', verify);
  if (neverRan(result)) return failedHook('on wiped data, verify', 'DataLost', result);
  if (result.result !== 'Failed') noteProvesNothing(context);
  return next;
}

/** A store that does not answer counts as wiped: what is in it is not reached. */
async function canariesAreThere(context: PreparedContext, state: 'Up' | 'Failed'): Promise<boolean> {
  context.leavePool();
  const { memory, applied } = context;
  applied.up = state === 'Up';
  const look = await lookForCanaries(provenBackedUp(memory), memory.canary?.token ?? '', await canaryPlace(context));
  return look.found.length > 0;
}

/** Noted in the running stage, so that the data is put back all the same: what is tested after it needs it. */
const PROVES_NOTHING = 'VerifyProvesNothing';

function stageOf({ progress }: PreparedContext): StageResult | undefined {
  return progress.stages.find(({ name }) => name === restore.name);
}

/** How long an app may take to come up on wiped data before that counts as "verify fails", milliseconds. */
const WIPED_UP_MS = 20_000;

async function putDataBack(context: PreparedContext): Promise<StepOutcome> {
  const { services, domain, signal, memory, applied, directories } = context;
  context.leavePool();
  const app = { domain };
  const plan = backupPlan(await deployedCompose(context));
  const hooksRun = context.resolved.ci.data?.wipe !== undefined || (usesCanaries(context) && applied.up);
  const failed = hooksRun ? await runBackupHooks(context, plan, 'restorePreHook') : undefined;
  if (failed) return failed;
  applied.up = false;
  await services.platform.stopServices(app, signal);
  const volumes = await services.platform.volumes(app, signal);
  const places = { artifact: directories.backup, tools: coreutils(services, signal) };
  const copied = services.limits.run('Copy', () => putBack(memory.backup ?? [], volumes, places), signal);
  // What the app put in the way is its fault; what differs of our own copy, on a volume that nobody uses, is the disk's.
  const differs = await orElse(copied, 'Refused', (error) => failStage('RestoreDiffers', explainError(error)));
  if (differs) return differs;
  if (memory.canary) memory.canary.stores = await besideNow(memory.canary.stores, volumes);
  applied.appliedMs = services.clock.now();
  await services.platform.startServices(app, signal);
  return next;
}

async function restoreHooks(context: PreparedContext): Promise<StepOutcome> {
  context.leavePool();
  return (await runBackupHooks(context, backupPlan(await deployedCompose(context)), 'restorePostHook')) ?? next;
}

async function verifyRestored(context: PreparedContext): Promise<StepOutcome> {
  const verify = context.resolved.ci.data?.verify;
  if (stageOf(context)?.reason === PROVES_NOTHING) return provesNothing();
  if (!verify && usesCanaries(context)) return await canaryStep(context, lookAfterRestore);
  if (!verify) {
    const message = 'the files are back as they were saved, but no verify hook says that the app reads them';
    return { kind: 'End', end: { result: 'Unverified', reason: 'NoVerifyHook', message, evidence: 'Digests' } };
  }
  const result = await runDataHook(context, 'verify', verify);
  if (result.result !== 'Passed') return failedHook('after the restore, verify', 'DataLost', result);
  noteEvidence(context, 'Hooks');
  return next;
}

function provesNothing(): StepOutcome {
  const message = 'verify passes although the data was wiped: it proves nothing, so neither does this restore';
  return { kind: 'End', end: { result: 'Unverified', reason: PROVES_NOTHING, message, evidence: 'Digests' } };
}
