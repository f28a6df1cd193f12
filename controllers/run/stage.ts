import type { StageName, StageResult } from '../../lib/api/index.ts';
import type { AppSite } from '../../lib/app/app-site.ts';
import type { PromotionFailure } from '../../lib/known-good/promotion-steps.ts';
import type { RecipeMirror } from '../../lib/recipe/mirror.ts';
import type { StageFailure, UnblamedReason } from '../../lib/run-record/blame.ts';
import type { RunProgress } from '../../lib/run-record/progress.ts';
import type { ResolvedRun } from '../../lib/run-record/resolved.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import type { Attempt, AttemptMemory } from './journal.ts';
import type { RunServices } from './services.ts';

/** The directories of a run, below `runs/<name>-<uid8>/`. */
export interface RunDirectories {
  root: string;
  logs: string;
  /** The tested commit's files, for hooks and tests. */
  recipe: string;
  /** Copy of the Canonical's profile files. */
  profile: string;
  /** What Backup writes. */
  backup: string;
  scratch: string;
}

/** What a step of a stage is given. `memory` and `progress` are drafts: the stage runner journals them afterwards. */
export interface StepContext extends AppSite {
  services: RunServices;
  object: StoredObject;
  directories: RunDirectories;
  attempt: Attempt;
  stage: StageName;
  memory: AttemptMemory;
  progress: RunProgress;
  /** Of Prepare; its first steps are the only ones without. */
  resolved: ResolvedRun | undefined;
  /** Until the deadline of the step or of the run, milliseconds. */
  remainingMs: number;
  /** What the step waited for when it was last done; masked. */
  waitedFor?: string | undefined;
  leavePool(): void;
}

/** A context after Prepare. */
export interface PreparedContext extends StepContext {
  resolved: ResolvedRun;
  mirror: RecipeMirror;
}

export type StageEnd = Pick<
  StageResult,
  'reason' | 'message' | 'service' | 'exitCode' | 'logTail' | 'tests' | 'evidence'
> & {
  result: 'Passed' | 'Failed' | 'Skipped' | 'Unverified';
};

export type StepOutcome =
  | { kind: 'Next' }
  /** The same step again, with what the draft now says. */
  | { kind: 'Again' }
  | { kind: 'Wait'; afterMs: number; waitingFor: string }
  | { kind: 'End'; end: StageEnd };

export const next: StepOutcome = { kind: 'Next' };

/** A failed stage, or promotion; of that only the reasons of stages have a blame. */
export function failStage(
  reason: StageFailure | PromotionFailure,
  message: string,
  details: Partial<StageEnd> = {},
): StepOutcome {
  return { kind: 'End', end: { ...details, result: 'Failed', reason, message } };
}

export function skipStage(reason: UnblamedReason, message: string): StepOutcome {
  return { kind: 'End', end: { result: 'Skipped', reason, message } };
}

/** Says in the draft of the running stage what counts as its proof. */
export function noteEvidence({ progress, stage: name }: StepContext, evidence: string): void {
  const stage = progress.stages.find((one) => one.name === name);
  if (stage) stage.evidence = evidence;
}

/** Which deadline bounds a step. `Test`: each command bounds itself. */
export type Deadline = 'Deploy' | 'Health' | 'Test' | 'Total';

export interface Step<Context extends StepContext = PreparedContext> {
  name: string;
  deadline: Deadline;
  /** Idempotent up to the journal write that follows it; one external act at the most. */
  run(context: Context): Promise<StepOutcome>;
}

export interface Stage<Context extends StepContext = PreparedContext> {
  name: StageName;
  steps: readonly Step<Context>[];
}
