import type { Clock } from '../clock.ts';
import { hasCode } from '../errors.ts';
import { type TreeSize, treeSize } from '../fs/tree-size.ts';
import type { ServiceUsage, UsageGap } from './platform.ts';

/** All walks of one measurement together end after so long, milliseconds, and after so many entries. */
const WALK_MS = 500;
const WALK_ENTRIES = 50_000;

/** The directories of one service, and what it takes besides. */
export interface ServicePlaces {
  service: string;
  directories: readonly string[];
  /** Bytes that are known without a walk; absent: none. */
  otherBytes?: number | undefined;
  /** Why the places are not all, or not known. */
  gap?: UsageGap | undefined;
}

export type DiskFigure = Pick<ServiceUsage, 'diskBytes' | 'diskGap'>;

/**
 * Room that directories take, each walked once however many services it belongs to, all within one bound: bytes of each
 * service, by its name; what could not be read has its gap. @throws CcError `Aborted`.
 */
export async function diskUsage(
  services: readonly ServicePlaces[],
  clock: Clock,
  signal: AbortSignal,
): Promise<Map<string, DiskFigure>> {
  const sizes = new Map<string, TreeSize>();
  const directories = [...new Set(services.flatMap((one) => one.directories))];
  const startedMs = clock.monotonicMs();
  for (const [index, directory] of directories.entries()) {
    // What a small one leaves over is the next one's.
    const left = directories.length - index;
    const maxMs = (WALK_MS - (clock.monotonicMs() - startedMs)) / left;
    const seen = [...sizes.values()].reduce((sum, { entries }) => sum + entries, 0);
    const bounds = { maxMs, maxEntries: (WALK_ENTRIES - seen) / left, clock };
    sizes.set(directory, await sizeOrGap(directory, bounds, signal));
  }
  return new Map(services.map((one) => [one.service, usageOf(one, sizes)]));
}

async function sizeOrGap(
  directory: string,
  bounds: Parameters<typeof treeSize>[1],
  signal: AbortSignal,
): Promise<TreeSize> {
  const unreadable: TreeSize = { bytes: 0, entries: 0, gap: 'Unreadable' };
  try {
    return (await treeSize(directory, bounds, signal)) ?? unreadable;
  } catch (error) {
    if (hasCode(error, 'Aborted')) throw error;
    return unreadable;
  }
}

/** A service of which nothing could be read has no figure. */
function usageOf({ directories, otherBytes, gap }: ServicePlaces, sizes: ReadonlyMap<string, TreeSize>): DiskFigure {
  const found = directories.map((directory) => sizes.get(directory)).filter((size) => size !== undefined);
  const why = gap ?? found.find((size) => size.gap !== undefined)?.gap;
  const isNothing = otherBytes === undefined && found.every(({ entries }) => entries === 0);
  if (why !== undefined && isNothing) return { diskGap: why };
  const diskBytes = found.reduce((sum, { bytes }) => sum + bytes, otherBytes ?? 0);
  return { diskBytes, ...(why === undefined ? {} : { diskGap: why }) };
}
