import type { StageResult, StageUsage } from '../api/generated/types.ts';

/**
 * The most memory that an app took in any of the stages, all its services together, bytes; undefined where nothing was
 * measured. A service whose figure is missing counts nothing. Pure.
 */
export function peakMemory(stages: readonly Pick<StageResult, 'usage'>[]): number | undefined {
  const peaks = stages.map(({ usage }) => memoryOf(usage)).filter((bytes) => bytes !== undefined);
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

function memoryOf(usage: StageUsage | undefined): number | undefined {
  const bytes = (usage?.services ?? []).map(({ peakMemoryBytes }) => peakMemoryBytes);
  const known = bytes.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0);
}
