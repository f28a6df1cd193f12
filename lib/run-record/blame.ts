import type { Blame, Verdict } from '../api/generated/types.ts';
import type { ErrorCode } from '../errors.ts';
import { FAULT_RULES } from './fault-rules.ts';

/** Reason of `Succeeded=False`, or of the stage that failed. */
export interface FailureFacts {
  outcome: 'Failed' | 'TimedOut' | 'Cancelled' | 'InfraError' | 'TeardownFailed';
  /** Reason of the first failed stage. */
  reason?: string;
  /** The platform did not answer while the failing stage ran. */
  platformUnreachable?: boolean;
  /** The tests passed; only what came after them failed. */
  verdict?: Verdict;
}

/** Stage reasons that mean: what we were told to do is wrong. */
export const CONFIGURATION_REASONS = [
  'UnknownRef',
  'CommitNotInRef',
  'UntrustedRecipe',
  'RecipeTestsNotAllowed',
  'InvalidProfile',
  'InvalidSource',
  'UnsupportedByPlatform',
  'KnownGoodLost',
  'Misconfigured',
  'DependencyNotServed',
  'NoIngress',
  'MissingOnHost',
] as const;

/** The same, of errors that say it by their code alone, and may come of an app that is gone. */
const CONFIGURATION_CODES = ['NotFound', 'Refused'] as const satisfies readonly ErrorCode[];

/** Stage reason that means: the base fails the same check, the tested commit has only kept it so. */
export const PRE_EXISTING = 'PreExisting';

/** Stage reason that means: the version before the tested commit does not come up, which that commit cannot help. */
export const BASE_INSTALL_FAILED = 'BaseInstallFailed';

/** Stage reasons that mean: the ground gave way. */
export const INFRA_REASONS = [
  'PlatformUnreachable',
  'CloneFailed',
  'FetchFailed',
  'DiskFloor',
  'CrashBudget',
  'ChangedByOthers',
] as const;

/**
 * Whose fault it is; undefined for a cancelled run. A deadline is the recipe's fault unless the platform was
 * unreachable; a teardown that failed after passed tests is the infrastructure's. Pure.
 */
export function blameOf(facts: FailureFacts): Blame | undefined {
  if (facts.outcome === 'Cancelled') return undefined;
  if (facts.outcome === 'InfraError' || facts.platformUnreachable) return 'Infra';
  if (facts.outcome === 'TeardownFailed' && facts.verdict !== 'Failed') return 'Infra';
  if (isOneOf([...CONFIGURATION_REASONS, ...CONFIGURATION_CODES], facts.reason)) return 'Configuration';
  if (isOneOf(INFRA_REASONS, facts.reason)) return 'Infra';
  return isOneOf([PRE_EXISTING, BASE_INSTALL_FAILED], facts.reason) ? 'PreExisting' : 'Recipe';
}

/** Whose fault an error is that was thrown while a stage ran; undefined: a wish of ours (abort), nobody's fault. Pure. */
export function blameOfError(code: ErrorCode): Blame | undefined {
  return FAULT_RULES[code].blame;
}

function isOneOf(list: readonly string[], reason: string | undefined): boolean {
  return reason !== undefined && list.includes(reason);
}
