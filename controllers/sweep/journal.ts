import type { Condition, SweepHistoryEntry, SweepRecord, SweptRecipe, SweptWarmService } from '../../lib/api/index.ts';

/** What a service had done before the sweep, noted before it is asked: what it does then is told from it. */
export interface ServiceBefore {
  /** Running time, milliseconds. */
  atRunningMs: number;
  commit?: string;
  version?: string;
  /** Its last look for releases, and the last end in its history. */
  lastLook?: string;
  lastEnd?: string;
  /** The request is journaled with it. */
  sent?: true;
}

/** A warm service in a sweep; `result` is set once that is known. */
export interface ServiceRow extends SweptWarmService {
  uid: string;
  /** What it was before it was told to look for releases. */
  asked?: ServiceBefore;
}

/** A recipe in a sweep. It is over once it is skipped, or its run has ended. */
export interface RecipeRow extends SweptRecipe {
  /** Of the Canonical. */
  uid: string;
  /** Failed fetches so far, and when the next one is due, running time, milliseconds. */
  tries?: number;
  retryAtRunningMs?: number;
  /** Of its Run, once that was created. */
  runUid?: string;
  /** That run was told to end. */
  cancelled?: true;
}

/** What the sweep does: warm services, then recipes, then its report. */
export type SweepStep = 'Services' | 'Recipes' | 'Report' | 'Over';

/** A sweep that is under way, or the last one. */
export interface SweepProgress extends Omit<SweepRecord, 'warmServices' | 'recipes'> {
  step: SweepStep;
  warmServices: ServiceRow[];
  recipes: RecipeRow[];
  /** Set by `ccctl cancel` or by a deletion. */
  cancel?: { by: string };
}

/** What has been done about the schedule. Milliseconds since the epoch. */
export interface ScheduleNote {
  /** Of schedule and time zone: another one counts from when it was first seen. */
  digest: string;
  /** Times of the schedule up to here are settled: swept for, or passed over. */
  settledMs: number;
}

/** `objects/Sweep/<name>/journal.json`; written by the key's worker only. */
export interface SweepJournal {
  format: 1;
  schedule?: ScheduleNote;
  /** Times of the schedule that were swept for, the last one first: whatever the clock does, none of them comes twice. */
  taken: number[];
  /** Somebody wants a sweep now: it waits until no run is active. */
  asked?: { id: string; by: string; time: string };
  sweep?: SweepProgress;
  history: SweepHistoryEntry[];
  conditions?: Condition[];
}

export function newSweepJournal(): SweepJournal {
  return { format: 1, taken: [], history: [] };
}

/** What is under way; undefined at rest. Pure. */
export function underWay({ sweep }: Pick<SweepJournal, 'sweep'>): SweepProgress | undefined {
  return sweep?.step === 'Over' ? undefined : sweep;
}
