import type { Kind, ObjectKey } from '../api/kinds.ts';
import type { StoredObject } from '../store/store.ts';
import type { KindHoldings } from './holdings.ts';

/** What a pass ends with, besides throwing (backed off) and `TerminalError` (stalled until the spec changes). */
export type Outcome =
  | { outcome: 'Done' }
  /** Come back after `afterMs`; the reason is for people (`describe`). */
  | { outcome: 'Requeue'; afterMs: number; reason: string };

export const done: Outcome = { outcome: 'Done' };

/** @param afterMs milliseconds. */
export function requeueAfter(afterMs: number, reason: string): Outcome {
  return { outcome: 'Requeue', afterMs, reason };
}

/** One call of a reconciler. */
export interface Pass {
  /** Aborted on shutdown (reason {@link Shutdown}) and where `interrupts` said so (reason {@link Interrupted}). */
  readonly signal: AbortSignal;
  /**
   * Gives the place in the kind's pool to another key while this pass awaits a child or a copy. The key stays under
   * work. Idempotent.
   */
  leavePool(): void;
}

/** The abort reason of a graceful stop. */
export class Shutdown extends Error {
  override readonly name = 'Shutdown';
}

/** The abort reason where the object changed under the pass so that it must not go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** How a pass failed; the reconciler shows it in the status. */
export interface PassFailure {
  error: unknown;
  /** Stalled: no retry by itself. */
  terminal: boolean;
  /** Milliseconds until the next try; absent when terminal. */
  retryInMs?: number;
  /** When that is, milliseconds since the epoch; absent when terminal. */
  retryAt?: number;
  /** Failures in a row, 1 for the first. */
  failures: number;
}

/** One kind's loop body. Gets a key, never an event; reads everything again. */
export interface Reconciler {
  readonly kind: Kind;
  /** How many keys of the kind are under work at once (passes that left the pool do not count). */
  readonly concurrency: number;
  reconcile(key: ObjectKey, pass: Pass): Promise<Outcome>;
  /** Pure: must a pass that was started with `started` stop, now that the object is `now`? */
  interrupts(started: StoredObject, now: StoredObject | undefined): boolean;
  /** Shows a failed pass (condition Reconciling or Stalled with the reason). @throws what keeps it from being shown. */
  failed(key: ObjectKey, failure: PassFailure): Promise<void>;
  /** Whether the object holds a claim, a known-good or a running attempt: the mass guard counts it. */
  owns(object: StoredObject): boolean;
  /** What its objects have outside of their records; absent: nothing. */
  readonly holdings?: KindHoldings | undefined;
  /** Reads what the kind keeps in memory; once, before the first pass. */
  load(): Promise<void>;
  /** Journals that this process stopped on purpose; once, after the last pass. */
  stopped(): Promise<void>;
}

/** Why a key was enqueued; a person's edit goes before a resync. */
export type Priority = 'Person' | 'Change' | 'Resync';

/** Handed to reconcilers and sources that find out that another object should be looked at. */
export type Enqueue = (key: ObjectKey, priority?: Priority) => void;
