import type { Clock } from '../clock.ts';
import { CcError, type ErrorCode, type ErrorDetails, hasCode } from '../errors.ts';
import type { Probe } from '../platform/probe.ts';
import { foldText } from './print/wrap.ts';

/** Where text goes. */
export interface TextOutput {
  write(text: string): void;
  readonly isTty: boolean;
  /** Width of the terminal in columns; undefined off a terminal. */
  readonly columns: number | undefined;
  /** What sequences of our own begin with in place of ESC; absent: ESC itself. */
  readonly escape?: string;
}

/** What `ccctl doctor` checks besides the host. */
export interface ProbeSubject {
  /** `Auto`: the first start will choose. */
  platform: 'Auto' | 'Swarm' | 'Abra';
  /** Absolute. */
  stateDirectory: string;
  /** Socket of the engine. */
  socketPath: string;
  abra: { binary: string; server: string };
  /** PATH of children. */
  path: string;
  /** Absent before the first start of a controller. */
  instanceId: string | undefined;
}

/** Checks that need adapters; `close` lets go of what they hold. */
export interface PlatformProbes {
  probes: readonly Probe[];
  close(): void;
}

/** Everything that a command may touch besides files; only the entry point builds the real one. */
export interface CliEnvironment {
  /** Data. */
  readonly stdout: TextOutput;
  /** Talk: notes, warnings, progress. */
  readonly stderr: TextOutput;
  /** All of standard input. */
  readStdin(): Promise<Uint8Array>;
  /** The next line of standard input, for questions; absent: there is nobody to answer. */
  readonly readLine?: (() => Promise<string>) | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborted when the person interrupts the command. */
  readonly signal: AbortSignal;
  /** Who gives the command, for requests. */
  readonly user: string;
  readonly version: string;
  /** Differs between builds of the programs; absent: run from their sources. */
  readonly build?: string | undefined;
  /** True where a process of that id exists on this machine. */
  isProcessAlive(pid: number): boolean;
  /** Opens a file in the editor of the person, and gives its exit code once it has ended; absent: there is none. */
  readonly openEditor?: (path: string) => Promise<number>;
  /** Made by the entry point, which alone may load adapters; absent: no platform can be checked. */
  readonly platformProbes?: (subject: ProbeSubject) => Promise<PlatformProbes>;
}

/** Writes one line of talk, on a terminal no wider than that. */
export function say({ stderr }: Pick<CliEnvironment, 'stderr'>, line: string): void {
  stderr.write(`${fitted(stderr, line)}\n`);
}

/** Writes text for people, on a terminal no wider than that: never what programs read. */
export function printText({ stdout }: Pick<CliEnvironment, 'stdout'>, text: string): void {
  stdout.write(fitted(stdout, text));
}

function fitted({ columns }: TextOutput, text: string): string {
  return columns === undefined ? text : foldText(text, columns);
}

/** Writes one line of data. */
export function print(environment: CliEnvironment, line: string): void {
  environment.stdout.write(`${line}\n`);
}

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
  /** What was waited for ended by a fault of the infrastructure, not of a recipe. */
  InfraFault: 7,
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
  [EXIT.InfraFault]: 'CommandFailed',
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
  if (hasCode(error, 'InvalidInput')) return EXIT.Usage;
  if (hasCode(error, 'NotFound')) return EXIT.NotFound;
  return hasCode(error, 'Aborted') ? EXIT.Interrupted : EXIT.Failed;
}
