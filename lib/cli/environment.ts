import type { Clock } from '../clock.ts';
import type { Probe } from '../platform/probe.ts';

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
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborted when the person interrupts the command. */
  readonly signal: AbortSignal;
  /** Who gives the command, for requests. */
  readonly user: string;
  readonly version: string;
  /** True where a process of that id exists on this machine. */
  isProcessAlive(pid: number): boolean;
  /** Made by the entry point, which alone may load adapters; absent: no platform can be checked. */
  readonly platformProbes?: (subject: ProbeSubject) => Promise<PlatformProbes>;
}

/** Writes one line of talk. */
export function say(environment: CliEnvironment, line: string): void {
  environment.stderr.write(`${line}\n`);
}

/** Writes one line of data. */
export function print(environment: CliEnvironment, line: string): void {
  environment.stdout.write(`${line}\n`);
}
