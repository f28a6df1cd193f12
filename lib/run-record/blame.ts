import type { Blame, StageReason } from '../api/generated/types.ts';
import type { IneligibleReason } from '../known-good/promotion-eligibility.ts';
import type { PromotionFailure } from '../known-good/promotion-steps.ts';
import type { RunOutcome } from './run-end.ts';

/** Reasons of stages that were skipped, prove nothing, only have more to say, or come after the tests. */
export type UnblamedReason =
  | 'NothingToTest'
  | 'BasePolicyNone'
  | 'NoBackupLabels'
  | 'NothingSelected'
  | 'PrepareFailed'
  | 'InstallFailed'
  | 'ReattachFailed'
  | 'UpgradeFailed'
  | 'BackupFailed'
  | 'RestoreFailed'
  | 'LintUnverified'
  | 'NoVerifyHook'
  | 'VerifyProvesNothing'
  | 'StoreNotRecognised'
  | 'StoreRefused'
  | 'CanaryRemoved'
  | 'WeakEvidence'
  | 'Remaining'
  | Exclude<RunOutcome['reason'], 'Passed'>
  | IneligibleReason
  | Exclude<PromotionFailure, 'DeadlineExceeded'>;

/** Why a stage failed. */
export type StageFailure = Exclude<StageReason, UnblamedReason>;

/** The one table of blame of stages that failed. `lib/reasons/stages.ts` says what to do about each. */
export const STAGE_BLAMES: Readonly<Record<StageFailure, Blame>> = {
  // What we were told to do is wrong.
  UnknownRef: 'Configuration',
  CommitNotInRef: 'Configuration',
  UntrustedRecipe: 'Configuration',
  RecipeTestsNotAllowed: 'Configuration',
  InvalidProfile: 'Configuration',
  InvalidSource: 'Configuration',
  UnsupportedByPlatform: 'Configuration',
  KnownGoodLost: 'Configuration',
  Misconfigured: 'Configuration',
  NoIngress: 'Configuration',
  MissingOnHost: 'Configuration',
  NotFound: 'Configuration',
  Refused: 'Configuration',
  // The ground gave way.
  ChangedByOthers: 'Infra',
  // The tested commit cannot help it: the base fails the same check, or does not come up.
  PreExisting: 'PreExisting',
  BaseInstallFailed: 'PreExisting',
  // What is tested.
  InvalidRecipe: 'Recipe',
  CommandFailed: 'Recipe',
  DeadlineExceeded: 'Recipe',
  LintErrors: 'Recipe',
  CrashLoop: 'Recipe',
  ExitedForGood: 'Recipe',
  NotUpAnyMore: 'Recipe',
  NoRouter: 'Recipe',
  RolledBack: 'Recipe',
  TaskRejected: 'Recipe',
  Unplaceable: 'Recipe',
  InstallHookFailed: 'Recipe',
  SeedFailed: 'Recipe',
  WipeFailed: 'Recipe',
  HookFailed: 'Recipe',
  WrongCommit: 'Recipe',
  DataLost: 'Recipe',
  BackupIncomplete: 'Recipe',
  RestoreDiffers: 'Recipe',
  TestsFailed: 'Recipe',
};

/** Whose fault a stage is that failed for that reason; the recipe's where none is told. Pure. */
export function blameOf(reason: StageReason | undefined): Blame {
  return reason !== undefined && Object.hasOwn(STAGE_BLAMES, reason) ? STAGE_BLAMES[reason as StageFailure] : 'Recipe';
}
