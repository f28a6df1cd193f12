import type { StoredSet } from './set-store.ts';

export interface RetentionFacts {
  /** Every set, in whatever state. */
  ids: readonly string[];
  /** The current set and its ancestors as far as they can be read; empty: there is none, or it cannot be read. */
  line: readonly StoredSet[];
  /** How many sets of the line stay, the current one included; at least 1. */
  keep: number;
  /** Ids that a lease, a running restore or an unfinished operation needs. */
  referenced: ReadonlySet<string>;
}

/**
 * The sets that nothing needs; undefined where the line needs more than itself, so that nothing at all may go: it cannot
 * be read, is broken, or began afresh and is shorter than `keep`. Pure.
 */
export function supersededSets({ ids, line, keep, referenced }: RetentionFacts): string[] | undefined {
  if (!isOldEnough(line, ids, keep)) return undefined;
  const kept = new Set(line.slice(0, Math.max(1, keep)).map(({ id }) => id));
  return ids.filter((id) => !kept.has(id) && !referenced.has(id));
}

/** The line has all sets that are kept, or the older ones of it were removed before. */
function isOldEnough(line: readonly StoredSet[], ids: readonly string[], keep: number): boolean {
  const last = line.at(-1);
  if (last === undefined) return false;
  if (line.length >= keep) return true;
  const next = last.manifest.parent;
  return next !== undefined && !ids.includes(next);
}
