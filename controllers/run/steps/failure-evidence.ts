import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageReason, StageResult } from '../../../lib/api/index.ts';
import type { KindSettings } from '../../../lib/app/kind-services.ts';
import { type Mask, maskStrings } from '../../../lib/checks/mask.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError, explainError, hasCode } from '../../../lib/errors.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { changeOf } from '../../../lib/operation/run-step.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { blameOf } from '../../../lib/run-record/blame.ts';
import { logTail, withLastWords } from '../../../lib/run-record/last-words.ts';
import { lostProvider } from '../dependencies/realm.ts';
import type { StageEnd, StepContext } from '../stage.ts';
import { lastUsage } from './usage-sampler.ts';

interface EvidenceOptions {
  platform: Platform;
  domain: string;
  /** Directory of the logs; file names begin with the stage. */
  logs: string;
  stage: string;
  mask: Mask;
  signal: AbortSignal;
}

const KEPT_LINES = 5_000;

export interface Evidence {
  /** The last masked lines by service. */
  tails: Map<string, string[]>;
  /** What somebody else did to the app, that it is gone included; absent: nothing. */
  changedByOthers?: string;
}

/**
 * Saves what is lost with the app: each service's log and its tasks. Called before anything is killed.
 * @throws CcError as `Platform.observe` and `Platform.logs`.
 */
export async function saveEvidence(options: EvidenceOptions): Promise<Evidence> {
  const { platform, domain, signal, stage } = options;
  const observation = await platform.observe({ domain }, signal);
  await mkdir(options.logs, { recursive: true });
  await writeFile(
    join(options.logs, `${stage.toLowerCase()}-tasks.json`),
    `${JSON.stringify(maskStrings(observation.services, options.mask), null, 1)}\n`,
  );
  const tails = new Map<string, string[]>();
  for (const service of observation.services) tails.set(service.name, await saveLog(options, service.name));
  const changedByOthers = changeOf(observation);
  return { tails, ...(changedByOthers === undefined ? {} : { changedByOthers }) };
}

/** Reasons of errors that say it by their code alone: they may come of an app that is gone. */
const OF_CODES: readonly (StageReason | undefined)[] = ['NotFound', 'Refused'];

/** Whether a reason stands whatever happens to the app: it was found without it. Pure. */
function foundWithoutApp(reason: StageReason | undefined): boolean {
  if (reason === 'InvalidRecipe' || reason === 'LintErrors') return true;
  return blameOf(reason) === 'Configuration' && !OF_CODES.includes(reason);
}

/**
 * The failure as it is to be told: where somebody else changed the app under test, that is the reason, and what was
 * seen first stays in the message. Pure.
 */
export function explainedByOthers<End extends { reason?: StageReason; message?: string }>(
  end: End,
  changedByOthers: string | undefined,
): End {
  const { reason = 'Failed', message = '' } = end;
  if (changedByOthers === undefined || reason === 'ChangedByOthers' || foundWithoutApp(reason)) return end;
  return { ...end, reason: 'ChangedByOthers', message: `${changedByOthers}; seen first: ${reason}: ${message}` };
}

async function saveLog(options: EvidenceOptions, service: string): Promise<string[]> {
  const { platform, domain, signal, stage, logs, mask } = options;
  const lines: string[] = [];
  for await (const line of platform.logs({ domain }, { service, tail: KEPT_LINES, signal }))
    lines.push(mask.text(line.text));
  await writeFile(
    joinInside(logs, `${stage.toLowerCase()}-service-${service}.log`),
    lines.length === 0 ? '' : `${lines.join('\n')}\n`,
  );
  return logTail(lines.join('\n'));
}

/**
 * Saves the logs and tasks of a stage's app, to be called before anything is killed; gives service and last lines, and
 * what others did to an app that was deployed. What cannot be saved is logged: the failure itself counts more.
 * @throws CcError `Aborted`, `Unreachable`.
 */
export async function evidenceOf(
  context: StepContext,
  end: Pick<StageEnd, 'service' | 'logTail'>,
): Promise<StageEvidence> {
  const { services, domain, directories, mask, signal, stage } = context;
  if (stage === 'Prepare' || stage === 'Lint') return {};
  try {
    const { platform } = services;
    const evidence = await saveEvidence({ platform, domain, logs: directories.logs, stage, mask, signal });
    return toldBy(evidence, end, context);
  } catch (error) {
    if (hasCode(error, 'Aborted', 'Unreachable')) throw error;
    services.log.warn('could not save the logs of a failed stage', {
      run: context.object.name,
      stage,
      error: explainError(error),
    });
    return {};
  }
}

/** What a stage's result is given of the evidence. */
export type StageEvidence = Pick<StageResult, 'service' | 'logTail'> & Pick<Evidence, 'changedByOthers'>;

function toldBy(
  { tails, changedByOthers }: Evidence,
  end: Pick<StageEnd, 'service' | 'logTail'>,
  { applied }: Pick<StepContext, 'applied'>,
): StageEvidence {
  const service = end.service ?? (tails.has('app') ? 'app' : [...tails.keys()][0]);
  const logTail = end.logTail?.length ? end.logTail : service === undefined ? [] : (tails.get(service) ?? []);
  return {
    ...(service === undefined ? {} : { service }),
    ...(logTail.length > 0 ? { logTail } : {}),
    ...(changedByOthers === undefined || applied.appliedMs === 0 ? {} : { changedByOthers }),
  };
}

/** Reasons of Install that say nothing about the version that was installed, beside those that blame no recipe. */
const NOT_THE_BASE: readonly (StageReason | undefined)[] = ['InstallHookFailed', 'SeedFailed'];

/** What was deployed first, and what to do about it; undefined: the tested commit itself. Pure. */
function baseIn(resolved: StepContext['resolved']): { told: string; remedy: string } | undefined {
  if (resolved?.knownGood) {
    const remedy = 'See what differs since it was promoted, or test with a cold run.';
    return { told: `the known-good ${resolved.knownGood.version}`, remedy };
  }
  if (!resolved || resolved.base.from === 'None') return undefined;
  const base = resolved.base.version ?? resolved.base.commit.slice(0, 10);
  return { told: `the base ${base}`, remedy: 'Choose another base with ci.upgrade.base.' };
}

/** A base that does not come up is no fault of the tested commit: says so, and how to choose another. Pure. */
function namedBase(stage: string, end: StageEnd, resolved: StepContext['resolved']): StageEnd {
  const { reason, message = '' } = end;
  if ((stage !== 'Install' && stage !== 'Reattach') || end.result !== 'Failed' || NOT_THE_BASE.includes(reason))
    return end;
  if (blameOf(reason) !== 'Recipe') return end;
  const { told: named, remedy } = baseIn(resolved) ?? {};
  if (named === undefined) return end;
  const told = `${named} does not come up: ${reason}: ${message}`;
  return { ...end, reason: 'BaseInstallFailed', message: `${told}${/[.!?]$/.test(told) ? '' : '.'} ${remedy}` };
}

/**
 * Ends a stage in the draft; of a failed one the logs are saved first, before anything is killed. A failure of an app
 * that somebody else changed or removed meanwhile is told as that. @throws CcError `Aborted`; `Unreachable`: the engine
 * or a provider of sign-on is gone, or `NoSpace`: the disk is below its floor, so that the failure says nothing about
 * the recipe.
 */
export async function endStage(context: StepContext, stage: StageResult, ended: StageEnd): Promise<void> {
  const found = ended.result === 'Failed' ? await evidenceOf(context, ended) : {};
  const { changedByOthers, ...evidence } = found;
  const told = explainedByOthers(ended, changedByOthers);
  const ground = isRecipes(told) ? await groundFault(context) : undefined;
  if (ground) throw ground;
  const end = namedBase(stage.name, withLastWords(told, evidence.logTail), context.resolved);
  if (end.reason === 'ChangedByOthers') context.applied.up = false;
  const { services, mask } = context;
  const message = end.message === undefined ? {} : { message: mask.text(end.message) };
  const endTime = toTime(services.clock.now());
  Object.assign(stage, end, evidence, message, await lastUsage(context, end), { endTime });
}

/** What makes a failure say nothing of the recipe: no room to succeed, or a provider of sign-on that went. */
async function groundFault(context: StepContext): Promise<CcError | undefined> {
  return (await diskFault(context.services.settings)) ?? (await lostProvider(context));
}

/** A failure that is the recipe's unless the ground gave way. */
function isRecipes({ result, reason }: StageEnd): boolean {
  return result === 'Failed' && !foundWithoutApp(reason) && blameOf(reason) === 'Recipe';
}

/** `NoSpace` where less than the floor is free below the state directory, or undefined. */
export async function diskFault({
  stateDirectory,
  diskFloorBytes,
}: Pick<KindSettings, 'stateDirectory' | 'diskFloorBytes'>): Promise<CcError | undefined> {
  const { bavail, bsize } = await statfs(stateDirectory);
  if (bavail * bsize >= diskFloorBytes) return undefined;
  const remedy = 'Free disk space; the run goes on by itself then.';
  return new CcError('NoSpace', `less than disk.floor is free below ${stateDirectory}`, { remedy });
}
