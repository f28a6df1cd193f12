import type { Condition, HandledRequest, NextAction } from '../api/generated/types.ts';
import type { Kind } from '../api/kinds.ts';
import type { Mask } from '../checks/mask.ts';
import type { DecisionRecord, PendingRequest, StoredObject } from '../store/store.ts';
import type { KindHoldings } from './holdings.ts';
import type { Outcome, Pass, PassFailure } from './reconciler.ts';

/** What a pass over one object works with: read anew in each; `journal` is a draft until `save`. */
export interface Draft {
  object: StoredObject;
  /** `conditions`: as last shown, for the transition times. */
  journal: { conditions?: Condition[] };
  pass: Pass;
  /**
   * An act changed the journal, and nothing outside follows from that before the pass ends: it is saved with the
   * conditions of the status. Where the pass fails before, the next one does the act again.
   */
  isUnsaved?: boolean;
  /** Journals the draft. */
  save(): Promise<void>;
}

/** What was observed: facts that a plan decides from, and what acts and status need besides. */
export interface Seen {
  facts: object;
}

/** What a plan decides on. */
export interface PlannedAction {
  type: string;
}

/** What a status is made of, beside the draft and what was seen. */
export interface Shown<Action> {
  /** Comes next, or is under way. */
  action: Action;
  /** How the last pass failed, while it did. */
  failure: PassFailure | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The part of a status that every kind has. */
export interface CommonStatus {
  observedGeneration: number;
  conditions: Condition[];
  nextAction?: NextAction | undefined;
  lastHandledRequest?: HandledRequest | undefined;
}

/** Keeps what another plan than that of the kind chose. */
export type NoteDecision = (decision: DecisionRecord & { action: object }) => Promise<void>;

/** One kind, as {@link KindLoop} drives it. */
export interface KindDefinition<D extends Draft, S extends Seen, Action extends PlannedAction> {
  readonly kind: Kind;
  /** How many keys are under work at once (passes that left the pool do not count). */
  readonly concurrency: number;
  /** A pass under way stops for these requests, beside a deletion. */
  readonly urgent?: readonly PendingRequest['verb'][];
  /** Reads the object's own records. @throws DamagedRecord where they cannot be read. */
  open(object: StoredObject, pass: Pass): Promise<D>;
  /** Acts on requests, and journals what other objects came to. Idempotent. */
  settle(draft: D): Promise<void>;
  /** Reads what the plan decides from; writes nothing. */
  observe(draft: D): Promise<S>;
  /** Decides the one next act. Pure. */
  plan(facts: S['facts']): Action;
  /** Actions that change nothing. */
  readonly rests: readonly Action['type'][];
  /** Actions that may take longer than a moment, so that people see them under way. */
  readonly lasts: readonly Action['type'][];
  /** Performs one action. Idempotent; takes the signal of the pass, and journals before it returns, or {@link Draft.isUnsaved}. */
  act(draft: D, seen: S, action: Action, note: NoteDecision): Promise<Outcome>;
  /** Pure. */
  status(draft: D, seen: S, shown: Shown<Action>): CommonStatus;
  /** Over the secrets that an error of this object may tell. */
  mask(draft: D): Promise<Mask>;
  /** Whether the object holds a claim, a known-good or a running attempt: the mass guard counts it. */
  owns(object: StoredObject): boolean;
  readonly holdings?: KindHoldings;
  /** Reads what is kept in memory, before the first pass. */
  load?(): Promise<void>;
  /** Journals that this process stopped on purpose, once all passes have ended. */
  stopped?(): Promise<void>;
  /** The object is gone: drops what is kept of it in memory. */
  forget?(object: StoredObject): void;
}
