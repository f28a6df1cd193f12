import { join } from 'node:path';
import type { RunDependency, RunMode, StageResult } from '../api/generated/types.ts';
import { CcError } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import { COLD_STAGES, QUICK_STAGES } from './stages.ts';

/** How far an attempt has got: an observed input of the run's plan, not a projection. */
export interface RunProgress {
  format: 1;
  attempt: number;
  /** All stages of the mode, in order. */
  stages: StageResult[];
  /** Transitions undeployed → deployed of this attempt's own domains, as the platform showed them. */
  deploys: number;
  /** Whether the app was deployed when it was last looked at; absent before the first look. */
  deployed?: boolean;
}

/** The progress of an attempt in which nothing has begun. Pure. */
export function newProgress(attempt: number, mode: RunMode): RunProgress {
  const names = mode === 'Cold' ? COLD_STAGES : QUICK_STAGES;
  return { format: 1, attempt, deploys: 0, stages: names.map((name) => ({ name, result: 'Pending' })) };
}

/** The file in a run's directory. */
export function progressPath(runDirectory: string): string {
  return join(runDirectory, 'progress.json');
}

/** Journals the progress: durable. Texts have to be masked already. */
export async function writeProgress(runDirectory: string, progress: RunProgress): Promise<void> {
  await writeJsonDurable(progressPath(runDirectory), progress);
}

/**
 * The progress, or undefined where none was journaled.
 * @throws CcError `Damaged` for a file that is not JSON or of another format.
 */
export async function readProgress(runDirectory: string): Promise<RunProgress | undefined> {
  const progress = await readJson<RunProgress>(progressPath(runDirectory));
  if (progress && (progress.format !== 1 || !Array.isArray(progress.stages))) {
    throw new CcError('Damaged', `${progressPath(runDirectory)} is not a progress of format 1`);
  }
  return progress;
}

/**
 * Notes in the draft what the platform shows of the attempt's app: each transition undeployed → deployed is a deploy. An
 * app that nobody has looked at yet counts as undeployed.
 */
export function noteDeployed(progress: RunProgress, deployed: boolean): void {
  if (deployed && progress.deployed !== true) progress.deploys += 1;
  progress.deployed = deployed;
}

/**
 * How often an attempt deploys: its own app once, whatever is upgraded in place, and each dependency for which no warm
 * provider is up. Pure.
 */
export function expectedDeploys(dependencies: readonly Pick<RunDependency, 'mode'>[]): number {
  return 1 + dependencies.filter(({ mode }) => mode === 'Cold').length;
}
