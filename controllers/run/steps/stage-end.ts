import type { StageReason, StageResult } from '../../../lib/api/index.ts';
import { toTime } from '../../../lib/clock.ts';
import type { CcError } from '../../../lib/errors.ts';
import { blameOf } from '../../../lib/run-record/blame.ts';
import { withLastWords } from '../../../lib/run-record/last-words.ts';
import type { StageEnd, StepContext } from '../stage.ts';
import { diskFault } from './disk-floor.ts';
import { evidenceOf, explainedByOthers, foundWithoutApp } from './failure-evidence.ts';
import { lastUsage } from './usage-sampler.ts';

/** Reasons of Install that say nothing about the version that was installed, beside those that blame no recipe. */
const NOT_THE_BASE: readonly (StageReason | undefined)[] = ['InstallHookFailed', 'SeedFailed'];

/** A base that does not come up is no fault of the tested commit: says so, and how to choose another. Pure. */
function namedBase(stage: string, end: StageEnd, resolved: StepContext['resolved']): StageEnd {
  const { reason, message = '' } = end;
  if (stage !== 'Install' || end.result !== 'Failed' || NOT_THE_BASE.includes(reason)) return end;
  if (blameOf(reason) !== 'Recipe') return end;
  if (!resolved || resolved.base.from === 'None') return end;
  const base = resolved.base.version ?? resolved.base.commit.slice(0, 10);
  const told = `the base ${base} does not come up: ${reason}: ${message}`;
  const remedy = 'Choose another base with ci.upgrade.base.';
  return { ...end, reason: 'BaseInstallFailed', message: `${told}${/[.!?]$/.test(told) ? '' : '.'} ${remedy}` };
}

/**
 * Ends a stage in the draft; of a failed one the logs are saved first, before anything is killed. A failure of an app
 * that somebody else changed or removed meanwhile is told as that.
 * @throws CcError `Aborted`; `Unreachable`: the engine is gone, or `NoSpace`: the disk is below its floor, so that the
 * failure says nothing about the recipe.
 */
export async function endStage(context: StepContext, stage: StageResult, ended: StageEnd): Promise<void> {
  const found = ended.result === 'Failed' ? await evidenceOf(context, ended) : {};
  const { changedByOthers, ...evidence } = found;
  const told = explainedByOthers(ended, changedByOthers);
  if (mayComeOfDisk(told)) throwIfAny(await diskFault(context.services.settings));
  const end = namedBase(stage.name, withLastWords(told, evidence.logTail), context.resolved);
  if (end.reason === 'ChangedByOthers') context.applied.up = false;
  const { services, mask } = context;
  const message = end.message === undefined ? {} : { message: mask.text(end.message) };
  const endTime = toTime(services.clock.now());
  Object.assign(stage, end, evidence, message, await lastUsage(context, end), { endTime });
}

/** A failure that is the recipe's unless there was no room to succeed. */
function mayComeOfDisk({ result, reason }: StageEnd): boolean {
  return result === 'Failed' && !foundWithoutApp(reason) && blameOf(reason) === 'Recipe';
}

function throwIfAny(fault: CcError | undefined): void {
  if (fault) throw fault;
}
