/**
 * Something that is done in named steps: forward to a point of no return and on to its end, or back. Each step is
 * idempotent; the caller journals it after it has succeeded.
 */
export interface OperationDefinition<Step extends string, Back extends string> {
  /** Forward, in their order. Those after {@link commit} only tidy. */
  steps: readonly Step[];
  /** From this one on there is no way back. */
  commit: Step;
  /** The way back of one that has touched something, in its order; the last one gives the lease back. */
  back: readonly Back[];
  /** How often it is begun: one that a crash cut off begins again until then. */
  begins: number;
  /** How many faults of the ground in a row a step may meet; one more, and the operation fails. */
  faults: number;
}

/** What is journaled about an operation. */
export interface OperationJournal<Step extends string, Back extends string, Failure extends string> {
  /** Id of the operation as it was last begun. */
  operation: string;
  /** The start of the controller that began it. */
  process: string;
  /** How often it has begun, 1 for the first time, 0 while it only waits. */
  begun: number;
  /** Steps that have ended well since it was last begun. */
  done: readonly Step[];
  /** Set once a step failed, or the plan gave it up. */
  failure?: Failure;
  /** Steps of the way back that have ended. */
  undone: readonly Back[];
  /** The lease was held and the operation found not eligible. */
  skipped?: string;
}

/** Whether something may begin. */
export type Eligibility = { eligible: true } | { eligible: false; reason: string };

/** What is observed, beside the journal. */
export interface OperationFacts<Step extends string, Back extends string, Failure extends string> {
  journal?: OperationJournal<Step, Back, Failure>;
  /** Names this start of the controller, other after every start. */
  process: string;
  /**
   * What the world shows, whatever was intended. `Ready`: all that the commit needs is there and proven, also after a
   * crash; `Overtaken`: so it is, but what came meanwhile forbids it; `Committed` with the id that it has there.
   */
  reached: { state: 'Open' | 'Ready' | 'Overtaken' } | { state: 'Committed'; id: string };
  lease: 'Free' | 'Mine' | 'Other';
  /** Somebody has ended it: it counts up to the point of no return. */
  ended?: Failure;
  /** Who wants it is there, the same, and not going. */
  wanted: boolean;
  /** Evaluated now. */
  eligibility: Eligibility;
  /** Faults of the ground in a row that the step under way has met. */
  faults: number;
  /** The time of the step under way is over. */
  late?: boolean;
  /** A step has had an effect, though none may be journaled. */
  touched: boolean;
  /** What the world shows of steps that tidy; the journal counts for the others. */
  tidied: Partial<Readonly<Record<Step, boolean>>>;
}

/** What to do next, one at a time. */
export type NextStep<Step extends string, Back extends string, Failure extends string> =
  | { next: 'AcquireLease' } // wait where another holds it
  | { next: 'Begin' } // journal a new operation id, begun 1
  | { next: 'BeginAgain'; begun: number } // undo what stands in the way, journal a new operation id with this count
  | { next: 'Step'; step: Step; operation: string }
  | { next: 'Fail'; reason: Failure | CommonFailure; step?: Step } // journal the failure; the step that is late
  | { next: 'Undo'; step: Back }
  | { next: 'SkipAndRelease'; reason: string } // journal the reason, release the lease if it is mine
  | { next: 'Over'; outcome: 'Done'; id: string }
  | { next: 'Over'; outcome: 'Failed' | 'Skipped'; reason: string };

/** Why any operation may fail by itself. */
export const COMMON_FAILURES = ['CrashBudget', 'NotEligible', 'NotEnrolled', 'Failed', 'DeadlineExceeded'] as const;
export type CommonFailure = (typeof COMMON_FAILURES)[number];
