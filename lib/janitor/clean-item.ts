/** What may be cleaned away, the order in which it goes. */
export const CLEAN_TYPES = ['App', 'Artifacts', 'Mirror', 'Packs', 'Image', 'Data'] as const;

/**
 * `App`: of an attempt that is over. `Artifacts`: of an ended run. `Mirror`: of a source that nothing names. `Packs`: a
 * mirror's objects, packed anew. `Image`: of an engine. `Data`: of an object that is being deleted.
 */
export type CleanType = (typeof CLEAN_TYPES)[number];

/** One thing that goes, or will go. */
export interface CleanItem {
  type: CleanType;
  /** Names it among those of its type. */
  id: string;
  /** For people. */
  what: string;
  /** The room that it takes, at most; absent where nobody measured it. */
  bytes?: number;
  /** One sentence without a full stop. */
  why: string;
  /** Running time until it goes, milliseconds; absent: it goes now. */
  afterMs?: number;
}

/** What became of an item: `Planned` in a dry run; `Later` where its time has not come; `Kept` where it is needed after all. */
export type CleanFate = 'Planned' | 'Later' | 'Removed' | 'Kept' | 'Failed';

export interface CleanResult extends CleanItem {
  result: CleanFate;
  /** Why it was kept, or failed. */
  message?: string;
}
