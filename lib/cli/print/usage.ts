import type { ServicePeak, StageResult, UsageGap } from '../../api/generated/types.ts';
import { byteSize } from './age.ts';
import { oneLine } from './table.ts';

/** A figure of a service in one stage. */
interface Told {
  stage: string;
  bytes: number | undefined;
  gap: UsageGap | undefined;
}

/** `app: memory 412 MiB (Upgrade), disk 1.2 GiB (Custom)`, one line per service: the most of all stages. Pure. */
export function usageLines(stages: readonly StageResult[]): string[] {
  const all = stages.flatMap(({ name, usage }) => (usage?.services ?? []).map((peak) => ({ stage: name, peak })));
  const services = [...new Set(all.map(({ peak }) => peak.service))];
  return services.map((service) => {
    const told = (read: (peak: ServicePeak) => Omit<Told, 'stage'>): string =>
      mostText(all.flatMap(({ stage, peak }) => (peak.service === service ? [{ stage, ...read(peak) }] : [])));
    const memory = told(({ peakMemoryBytes: bytes, memoryGap: gap }) => ({ bytes, gap }));
    const disk = told(({ diskBytes: bytes, diskGap: gap }) => ({ bytes, gap }));
    return `${oneLine(service)}: memory ${memory}, disk ${disk}`;
  });
}

function mostText(told: readonly Told[]): string {
  const [most] = told.toSorted((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1));
  if (most?.bytes === undefined) return `unknown (${most?.gap ?? 'Unreadable'})`;
  if (most.gap === undefined) return `${byteSize(most.bytes)} (${most.stage})`;
  return `at least ${byteSize(most.bytes)} (${most.stage}, ${most.gap})`;
}
