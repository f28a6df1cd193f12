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

/** `objects/Canonical/<name>/journal.json`; written by the key's worker only. */
export interface CanonicalJournal {
  format: 1;
  /** Resolved once, immutable. */
  domain?: string;
  recipe?: string;
  /** The last verification of the current generation. */
  verified?: { generation: string; session: string; atRunningMs: number; state: 'Intact' | 'Damaged'; reason?: string };
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
