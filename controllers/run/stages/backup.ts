import { type BackupPart, backupParts, makeBackup } from '../../../lib/app/backup-copy.ts';
import { canaryEvidence, type UnprovenStore } from '../../../lib/canary/canary.ts';
import { hasCode } from '../../../lib/errors.ts';
import { coreutils } from '../../../lib/fs/coreutils.ts';
import type { AppObservation, TaskState } from '../../../lib/platform/platform.ts';
import { type BackupPlan, backupPlan } from '../../../lib/recipe/backup-labels.ts';
import {
  failStage,
  next,
  noteEvidence,
  type PreparedContext,
  type Stage,
  type StepOutcome,
  skipStage,
} from '../stage.ts';
import { canaryStep, explain, plantInApp, provenBackedUp, unprovenBackedUp } from '../steps/canaries.ts';
import { deployedCompose } from '../steps/trust.ts';
import { runBackupHooks } from './backup-hooks.ts';

/** Backs up what the `backupbot` labels of the deployed revision say, and verifies the artifact. */
export const backup: Stage = {
  name: 'Backup',
  steps: [
    { name: 'Select', deadline: 'Total', run: skipWithoutParts },
    // The youngest data of the app: a backup that loses the last transaction loses this.
    { name: 'Plant', deadline: 'Total', run: (context) => canaryStep(context, plantInApp) },
    { name: 'BackUp', deadline: 'Total', run: backUp },
  ],
};

/** What is not backed up is neither written to nor waited for. */
async function skipWithoutParts(context: PreparedContext): Promise<StepOutcome> {
  const { services, domain, signal } = context;
  const volumes = await services.platform.volumes({ domain }, signal);
  if (volumes.length === 0) return skipStage('NothingToTest', 'the app has no volumes');
  const plan = backupPlan(await deployedCompose(context));
  if (!plan.enabled)
    return skipStage(
      'NoBackupLabels',
      `the app has volumes (${volumes.map((one) => one.name).join(', ')}) but no service says backupbot.backup=true`,
    );
  return backupParts(plan).length > 0 ? next : skipStage('NothingSelected', 'the backup labels exclude every volume');
}

async function backUp(context: PreparedContext): Promise<StepOutcome> {
  context.leavePool();
  const plan = backupPlan(await deployedCompose(context));
  const parts = backupParts(plan);
  const unsteady: string[] = [];
  const failed =
    (await makeArtifact(context, { plan, parts, unsteady })) ?? (await runBackupHooks(context, plan, 'postHook'));
  if (failed) return failed;
  noteEvidence(context, evidenceOf(context));
  return ended(unprovenBackedUp(context.memory), unsteady);
}

/** What this backup is proved by, once it is restored. */
function evidenceOf({ resolved, memory }: PreparedContext): string {
  return resolved.ci.data?.verify ? 'Hooks' : (canaryEvidence(provenBackedUp(memory)) ?? 'Digests');
}

/** So many of the files that came and went are named. */
const NAMED = 3;

/** A whole artifact proves nothing of a store that took no canary. */
function ended(unproven: readonly UnprovenStore[], unsteady: readonly string[]): StepOutcome {
  const [first] = unproven;
  const told = [...(first ? [explain(unproven)] : []), ...(unsteady.length > 0 ? [nameUnsteady(unsteady)] : [])];
  if (told.length === 0) return next;
  const message = told.join('; ');
  return {
    kind: 'End',
    end: first ? { result: 'Unverified', reason: first.reason, message } : { result: 'Passed', message },
  };
}

/** What of a backup was not still while it was copied, for people. Pure. */
export function nameUnsteady(unsteady: readonly string[]): string {
  const more = unsteady.length > NAMED ? ` and ${unsteady.length - NAMED} more` : '';
  const named = `${unsteady.slice(0, NAMED).join(', ')}${more}`;
  return `came, went or changed while it was copied, and is left out or in one of its states: ${named}`;
}

interface Artifact {
  plan: BackupPlan;
  parts: readonly BackupPart[];
  /** Filled in: what was not still while it was copied. */
  unsteady: string[];
}

/**
 * Hooks and copy. A service that is replaced meanwhile takes its dump with it although hook and copy may have ended well.
 * @returns how it failed; undefined: `memory` names a whole artifact.
 */
async function makeArtifact(context: PreparedContext, artifact: Artifact): Promise<StepOutcome | undefined> {
  const { plan } = artifact;
  const before = await look(context);
  const failed = await runBackupHooks(context, plan, 'preHook');
  if (failed) return failed;
  const incomplete = await copyParts(context, artifact);
  const replaced = replacedService(before, await look(context));
  if (replaced === undefined && incomplete === undefined) return undefined;
  await runBackupHooks(context, plan, 'postHook');
  if (replaced === undefined) return failStage('BackupIncomplete', incomplete ?? '');
  const told = `service ${replaced} was restarted while the backup was made: a dump of that time may be cut off`;
  const message = [told, ...(incomplete === undefined ? [] : [incomplete])].join('; ');
  return failStage('BackupIncomplete', message, { service: replaced });
}

async function look({ services, domain, signal }: PreparedContext): Promise<AppObservation> {
  return await services.platform.observe({ domain }, signal);
}

/** Copies and reads back; gives what is wrong with the artifact. */
async function copyParts(context: PreparedContext, { parts, unsteady }: Artifact): Promise<string | undefined> {
  const { services, domain, directories, signal, memory } = context;
  const volumes = await services.platform.volumes({ domain }, signal);
  try {
    const records = await services.limits.run(
      'Copy',
      () => makeBackup(parts, volumes, { artifact: directories.backup, tools: coreutils(services, signal) }),
      signal,
    );
    memory.backup = records.map(({ volume, path, digest }) => ({ volume, path, digest }));
    for (const record of records) unsteady.push(...record.unsteady.map((path) => `${record.volume}/${path}`));
    return undefined;
  } catch (error) {
    if (!hasCode(error, 'DataMissing', 'Refused', 'Conflict')) throw error;
    return error.remedy ? `${error.message}. ${error.remedy}` : error.message;
  }
}

type Services = Pick<AppObservation, 'services'>;

/**
 * A service of which a task that ran before has ended or is gone: the first by name. A job that ends by itself does not
 * count, nor a task that is still there and fails its health check for a while. Pure.
 */
export function replacedService(before: Services, after: Services): string | undefined {
  const alive = new Set(tasksIn(after, ['Running', 'Starting']).map(({ task }) => task));
  const gone = tasksIn(before, ['Running']).filter(({ task }) => !alive.has(task));
  return gone.map(({ service }) => service).toSorted()[0];
}

/** Tasks of services that always run, as `service@start`. */
function tasksIn({ services }: Services, states: readonly TaskState[]): { service: string; task: string }[] {
  const lasting = services.filter(({ restart }) => restart === 'Always');
  return lasting.flatMap(({ name, tasks }) =>
    tasks
      .filter(({ state }) => states.includes(state))
      .map(({ startedAt }) => ({ service: name, task: `${name}@${startedAt}` })),
  );
}
