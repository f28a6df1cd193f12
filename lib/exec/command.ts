import { existsSync } from 'node:fs';
import { type Clock, systemClock } from '../clock.ts';
import type { Cgroups } from './cgroups.ts';
import { killGroup, type OutputName, shellCode, startFault } from './child.ts';
import { spawnByExeca } from './execa-spawn.ts';
import { KeptOutput } from './kept-output.ts';
import { Enclosure } from './processes.ts';
import { TOKEN_VARIABLE } from './token.ts';

export { TOKEN_VARIABLE };

export interface CommandOptions {
  /** argv; the first is looked up on `env.PATH` unless it holds a slash. */
  argv: readonly [string, ...string[]];
  cwd: string;
  /** The whole environment of the child; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Wall deadline of the child, milliseconds; the whole process group is killed when it passes. */
  timeoutMs?: number;
  /** Standard input; default: none (closed). */
  input?: string;
  /** Kept bytes of each stream; what comes after is dropped from the middle. Default 1 MiB. */
  maxOutputBytes?: number;
  /**
   * `Tool`: git or one of the coreutils, which leave nothing behind but by a kill: it has a process group and a mark, and
   * nothing is looked for after it. Default `Foreign`: code of a recipe, or what runs such.
   */
  origin?: 'Tool' | 'Foreign';
  /**
   * Directories that are this command's alone while it runs (besides others of ours, which carry their own token): what
   * lives there after its end is of it.
   */
  directories?: readonly string[];
  /** Called with every chunk of either stream as it comes (live logs). */
  onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => void;
}

/** How a child ended. A non-zero exit is a result, not an exception. */
export interface CommandResult {
  /** Exit code; 128 + signal number where a signal ended it. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both streams in the order of arrival. */
  all: string;
  /** Bytes were dropped from an output. */
  truncated: boolean;
  outcome: 'Exited' | 'TimedOut' | 'Aborted';
  durationMs: number;
}

/** Runs children. A port, so that a test can count calls and inject faults. */
export interface CommandRunner {
  /**
   * Runs one child in a process group of its own and waits for its end. On abort or time-out the group gets SIGTERM,
   * five seconds later SIGKILL; nothing of it is left when the promise settles: neither its group, nor (but for a `Tool`)
   * what carries its token, nor what lives in its directories.
   * @throws CcError `NotFound` when the program does not exist or is not executable, `Unreachable` when this machine has
   * no descriptor, process or memory left, `DataMissing` without the directory, `InvalidInput` for too long arguments.
   */
  run(options: CommandOptions): Promise<CommandResult>;
}

const GRACE_MS = 5_000;
/** How long output is still read after the leader has ended, milliseconds. */
const DRAIN_MS = 500;

export interface RunnerOptions {
  clock: Clock;
  /** Absent: this machine has none, and what a command leaves is found by its marks alone. */
  cgroups?: Cgroups | undefined;
}

/** {@link CommandRunner} of this machine. What a command with a token leaves behind ends with it, wherever it fled to. */
export function createCommandRunner({ clock, cgroups }: RunnerOptions): CommandRunner {
  /** How many commands of each token run: what they leave ends with the last of them. */
  const running = new Map<string, number>();
  return {
    async run(options) {
      const output = new CommandOutput(options);
      const started = performance.now();
      const { argv, cwd, env, input, directories, origin = 'Foreign' } = options;
      const stdin = input === undefined ? {} : { input };
      const token = origin === 'Tool' ? undefined : env[TOKEN_VARIABLE];
      const enclosure = new Enclosure({ token, cgroups, directories, clock, spawn: spawnByExeca });
      const child = enclosure.start({ argv, cwd, env, output: 'pipe', ...stdin }, output.push);
      count(running, token, 1);
      const watch = watchEnd(child.pid, options);
      const end = await child.ended;
      watch.settle();
      if (count(running, token, -1) === 0) await enclosure.endAll();
      // A process without a token that escaped the group cannot hold us by an open stream.
      await Promise.race([child.closed, after(DRAIN_MS)]);
      child.detach();
      if (end.how === 'NotStarted') throw startFault(argv[0], end.error, { cwd, isThere: existsSync(cwd) });
      return {
        exitCode: shellCode(end),
        ...output.texts(),
        outcome: watch.outcome(),
        durationMs: performance.now() - started,
      };
    },
  };
}

/** {@link createCommandRunner} without cgroups. */
export const commandRunner: CommandRunner = createCommandRunner({ clock: systemClock });

function count(counts: Map<string, number>, key = '', change: 1 | -1): number {
  const next = (counts.get(key) ?? 0) + change;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
  return next;
}

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs).unref());
}

/** What is kept of a command's output. */
class CommandOutput {
  readonly #kept: Record<OutputName | 'all', KeptOutput>;
  readonly #onOutput: CommandOptions['onOutput'];

  constructor({ maxOutputBytes: limit, onOutput }: CommandOptions) {
    this.#kept = { stdout: new KeptOutput(limit), stderr: new KeptOutput(limit), all: new KeptOutput(limit) };
    this.#onOutput = onOutput;
  }

  readonly push = (chunk: Buffer, stream: OutputName): void => {
    this.#kept[stream].push(chunk);
    this.#kept.all.push(chunk);
    this.#onOutput?.(chunk, stream);
  };

  texts(): Pick<CommandResult, 'stdout' | 'stderr' | 'all' | 'truncated'> {
    const { stdout, stderr, all } = this.#kept;
    return {
      stdout: stdout.text(),
      stderr: stderr.text(),
      all: all.text(),
      truncated: all.truncated || stdout.truncated || stderr.truncated,
    };
  }
}

interface EndWatch {
  outcome(): CommandResult['outcome'];
  /** Kills what the child left in its group and stops the timers. */
  settle(): void;
}

function watchEnd(pid: number | undefined, options: CommandOptions): EndWatch {
  let outcome: CommandResult['outcome'] = 'Exited';
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (why: CommandResult['outcome']): void => {
    if (pid === undefined || outcome !== 'Exited') return;
    outcome = why;
    killGroup(pid, 'SIGTERM');
    killTimer = setTimeout(() => killGroup(pid, 'SIGKILL'), GRACE_MS);
  };
  const onAbort = (): void => stop('Aborted');
  const deadline = options.timeoutMs === undefined ? undefined : setTimeout(() => stop('TimedOut'), options.timeoutMs);
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    outcome: () => outcome,
    settle() {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', onAbort);
      if (pid !== undefined) killGroup(pid, 'SIGKILL');
    },
  };
}
