import type { CanonicalHistoryEntry, Condition } from '../../lib/api/index.ts';

/** What became of the last seed run; `result` is set once it ended. */
export interface SeedRecord {
  run: string;
  /** Of tag, spec and last retry: another one is another try. */
  hash: string;
  tag: string;
  result?: 'Promoted' | 'NotPromoted';
  reason?: string;
}

/** What a look at a generation found. */
export interface Verified {
  generation: string;
  /** Names the process that looked last, by content or only by the fingerprint. */
  session: string;
  /** When it was last read in full, running time. */
  atRunningMs: number;
  state: 'Intact' | 'Damaged';
  reason?: string;
  /** Of the intact set: while it is the same, nobody has written to it. */
  fingerprint?: string;
}

/** A copy of the known-good that could not be prepared. */
export interface NotPrepared {
  generation: string;
  reason: 'NoRoom' | 'PrepareFailed';
  message: string;
  atRunningMs: number;
}

/** `objects/Canonical/<name>/journal.json`; written by the key's worker only. */
export interface CanonicalJournal {
  format: 1;
  /** Resolved once, immutable. */
  domain?: string;
  recipe?: string;
  /** The last verification of the current generation. */
  verified?: Verified;
  /** When the others were last read, running time: ancestors by their ids, the prepared copy as `prepared`. */
  looked?: Record<string, number>;
  /** Why there is no prepared copy; absent once there is. */
  notPrepared?: NotPrepared;
  seed?: SeedRecord;
  /** Id of the last `retry` request. */
  retry?: string;
  /** The newest release when it was last looked for; without a tag: there was none. */
  newest?: { tag?: string; atRunningMs: number; session: string };
  history: CanonicalHistoryEntry[];
  conditions?: Condition[];
  /** The start of the deletion (running time) for which the app was undeployed; a later one undeploys again. */
  undeployedFor?: number;
  /** When that was, RFC 3339. */
  undeployTime?: string;
  /** What a listing found after the last try to destroy the app; absent before the first. */
  remaining?: string[];
}

export function newCanonicalJournal(): CanonicalJournal {
  return { format: 1, history: [] };
}
