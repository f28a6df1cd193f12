import type { RunStatus, StageName, StageResult } from '../../../lib/api/generated/types.ts';

/** The stage of that name. @throws when the status has none. */
export function stageOf(status: RunStatus, name: StageName): StageResult {
  const stage = status.stages?.find((one) => one.name === name);
  if (!stage) throw new Error(`no stage ${name} in ${JSON.stringify(status)}`);
  return stage;
}

/** Result of every stage by name. */
export function resultsOf({ stages = [] }: RunStatus): Record<string, string> {
  return Object.fromEntries(stages.map(({ name, result }) => [name, result]));
}

/** Both were under way at the same moment, by their start and end times. */
export function overlap(one: RunStatus, other: RunStatus): boolean {
  const starts = [one, other].map(({ startTime = '' }) => startTime).toSorted();
  const ends = [one, other].map(({ completionTime = '' }) => completionTime).toSorted();
  return (starts[1] ?? '') < (ends[0] ?? '');
}
