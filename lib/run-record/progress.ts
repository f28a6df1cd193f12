import { join } from 'node:path';
import type { RunMode, StageName, StageResult } from '../api/generated/types.ts';
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

/**
 * The progress with one stage replaced; other stages are the same objects. Pure.
 * @throws CcError `Internal` for a stage that the mode does not have.
 */
export function withStage(progress: RunProgress, stage: StageResult): RunProgress {
  if (!progress.stages.some(({ name }) => name === stage.name)) {
    throw new CcError('Internal', `this run has no stage ${stage.name}`);
  }
  const stages = progress.stages.map((one) => (one.name === stage.name ? stage : one));
  return { ...progress, stages };
}

/** The stage of that name; undefined where the mode has none. Pure. */
export function stageOf(progress: RunProgress, name: StageName): StageResult | undefined {
  return progress.stages.find((stage) => stage.name === name);
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
