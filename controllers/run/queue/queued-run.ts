import type { DefaultedRunSpec } from '../../../lib/api/index.ts';
import type { LeasePlace } from '../../../lib/known-good/lease-turns.ts';
import type { RunState } from '../../../lib/run-record/run-end.ts';
import type { StoredObject } from '../../../lib/store/store.ts';

/** Where runs come from, the most urgent first. */
export const RUN_SOURCES = ['Person', 'PullRequest', 'Sweep'] as const;

/** `Sweep`: runs that another object made by itself, seeds among them. */
export type RunSource = (typeof RUN_SOURCES)[number];

/** What the queue knows of a run. A cache of journals, read anew at start. Sizes in bytes. */
export interface QueuedRun {
  uid: string;
  name: string;
  step: RunState;
  /** Milliseconds since the epoch. */
  createdMs: number;
  source: RunSource;
  /** The most that the last run of its recipe took; 0: nobody knows. */
  needBytes: number;
  /** The most that this attempt has taken so far. */
  grownBytes: number;
  /** Does not want a slot now: suspended, backed off, or over. */
  resting: boolean;
  tornDown: boolean;
  /** Its place among those who wait for the known-good that it needs; absent: it waits for none. */
  lease?: LeasePlace;
}

/** Where a run comes from. Pure. */
export function sourceOf(
  { ownerReferences }: Pick<StoredObject, 'ownerReferences'>,
  { pullRequest }: Pick<DefaultedRunSpec, 'pullRequest'>,
): RunSource {
  if (pullRequest !== undefined) return 'PullRequest';
  return ownerReferences.length > 0 ? 'Sweep' : 'Person';
}

/** Whether the run has one of the slots. Pure. */
export function holdsSlot({ step }: Pick<QueuedRun, 'step'>): boolean {
  return step === 'Testing' || step === 'TearingDown' || step === 'Promoting';
}

/** Whether the run waits for a slot. Pure. */
export function wantsSlot({ step, resting }: Pick<QueuedRun, 'step' | 'resting'>): boolean {
  return step === 'Pending' && !resting;
}
