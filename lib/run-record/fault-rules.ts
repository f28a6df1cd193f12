import { CcError, type ErrorCode, explainError } from '../errors.ts';
import type { StageFailure } from './blame.ts';

/** What an error that was thrown while a stage ran means for its run. */
export type FaultRule = FaultEffect & {
  /** In all. */
  tries: number;
  /** For people, where the error itself says nothing better. */
  remedy: string;
};

type FaultEffect =
  /** The reason is that of the stage which it ends. */
  | { blame: 'Recipe' | 'Configuration'; reason: StageFailure }
  /** Tried again, so that it ends no stage: its attempt says the reason. */
  | { blame: 'Infra'; reason: 'InfraFault' }
  /** A wish of ours, nobody's fault. */
  | { blame?: never; reason: 'Aborted' };

/** Tries of a run whose faults are not those of what it tests. */
export const INFRA_TRIES = 3;

const infra = (remedy: string): FaultRule => ({ blame: 'Infra', reason: 'InfraFault', tries: INFRA_TRIES, remedy });
const once = (blame: 'Recipe' | 'Configuration', reason: StageFailure, remedy: string): FaultRule => ({
  blame,
  reason,
  tries: 1,
  remedy,
});

/** The one table of blame: by the code of an error, whatever stage it surfaced in. `docs/reference/reasons.md` shows it. */
export const FAULT_RULES: Readonly<Record<ErrorCode, FaultRule>> = {
  Aborted: { reason: 'Aborted', tries: 1, remedy: 'Nothing: somebody wanted it.' },
  InvalidInput: once('Recipe', 'InvalidRecipe', 'Correct the recipe at the place that the message names.'),
  CommandFailed: once('Recipe', 'CommandFailed', 'See what the command said.'),
  DeadlineExceeded: once('Recipe', 'DeadlineExceeded', 'See what it waited for, or give it more time in timeouts.'),
  Misconfigured: once('Configuration', 'Misconfigured', 'Correct the spec, the configuration or the host.'),
  NotFound: once('Configuration', 'NotFound', 'Provide what is missing on this host, or correct its name.'),
  Refused: once('Configuration', 'Refused', 'See which rule forbids it.'),
  Unsupported: once('Configuration', 'UnsupportedByPlatform', 'Use a platform that can do it.'),
  Unreachable: infra('See whether what the message names runs, and whether this machine reaches it.'),
  NoSpace: infra('Free disk space.'),
  Conflict: infra('See who else works on what the message names.'),
  Damaged: infra('Look at the disk.'),
  DataMissing: infra('See who removes files of the state directory.'),
  Internal: infra('A fault of ours: report it, with the log of the controller.'),
};

/** What an error thrown while a stage ran means: faults that are no {@link ErrorCode} are the machine's. Pure. */
export function faultRule(code: ErrorCode | undefined): FaultRule {
  return FAULT_RULES[code ?? 'Unreachable'];
}

/** An error of a run for people: its own words and remedy, else that of its code. Pure. */
export function explainFault(error: unknown): string {
  if (!(error instanceof CcError) || error.remedy !== undefined) return explainError(error);
  const { code, message, cause } = error;
  return explainError(new CcError(code, message, { cause, remedy: faultRule(code).remedy }));
}
