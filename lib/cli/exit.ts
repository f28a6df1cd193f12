import { CcError, type ErrorCode, type ErrorDetails } from '../errors.ts';

/** What the exit codes of `ccctl` mean. */
export const EXIT = {
  Ok: 0,
  /** Failed, or differs: a run that is not green, a bad file. */
  Failed: 1,
  Usage: 2,
  NotFound: 3,
  /** The command's own `--timeout` is over. */
  Timeout: 4,
  /** Stalled, or not accepted. */
  Stalled: 5,
  /** The controller is not running, and the verb needs it. */
  NotRunning: 6,
  /** Interrupted by the person, as shells count it. */
  Interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error with the exit code that it ends the command with. */
export class CommandError extends CcError {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, details: ErrorDetails = {}) {
    super(CODES[exitCode] ?? 'Internal', message, details);
    this.exitCode = exitCode;
  }
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  [EXIT.Failed]: 'CommandFailed',
  [EXIT.Usage]: 'InvalidInput',
  [EXIT.NotFound]: 'NotFound',
  [EXIT.Timeout]: 'DeadlineExceeded',
  [EXIT.Stalled]: 'Refused',
  [EXIT.NotRunning]: 'Unreachable',
  [EXIT.Interrupted]: 'Aborted',
};

/** A mistake on the command line (exit 2). */
export function usageError(message: string, remedy?: string): CommandError {
  return new CommandError(EXIT.Usage, message, remedy === undefined ? {} : { remedy });
}

/** The exit code of an error that ended a command: what was wrong with the input is usage, the rest failed. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof CcError)) return EXIT.Failed;
  switch (error.code) {
    case 'InvalidInput':
      return EXIT.Usage;
    case 'NotFound':
      return EXIT.NotFound;
    case 'Aborted':
      return EXIT.Interrupted;
    default:
      return EXIT.Failed;
  }
}
