import { execa } from 'execa';
import { CcError, explainError } from '../errors.ts';
import { KeptOutput } from './kept-output.ts';

/** Name of the environment variable that marks every process we start (PROTOCOLS: owner of children after a crash). */
export const TOKEN_VARIABLE = 'CCCI_TOKEN';

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
   * five seconds later SIGKILL; nothing of it is left when the promise settles.
   * @throws CcError `NotFound` when the program does not exist or is not executable.
   */
  run(options: CommandOptions): Promise<CommandResult>;
}

const GRACE_MS = 5_000;
/** How long output is still read after the leader has ended, milliseconds. */
const DRAIN_MS = 500;

/** Kills a whole process group; a group that is gone is success. */
export function killGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}

/** {@link CommandRunner} over execa. */
export const commandRunner: CommandRunner = {
  async run(options) {
    const [program, ...args] = options.argv;
    const limit = options.maxOutputBytes ?? 1024 * 1024;
    const kept = { stdout: new KeptOutput(limit), stderr: new KeptOutput(limit), all: new KeptOutput(limit) };
    const started = performance.now();
    const child = execa(program, args, {
      cwd: options.cwd,
      env: options.env,
      extendEnv: false,
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
      stdin: options.input === undefined ? 'ignore' : 'pipe',
      ...(options.input === undefined ? {} : { input: options.input }),
      encoding: 'buffer',
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.on('data', (chunk: Buffer) => {
        kept[stream].push(chunk);
        kept.all.push(chunk);
        options.onOutput?.(chunk, stream);
      });
    }
    const end = watchEnd(child.pid, options);
    // What the leader leaves behind ends with it; a process that escaped the group cannot hold us by an open stream.
    child.once('exit', () => {
      if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
      setTimeout(() => [child.stdout, child.stderr].forEach((stream) => void stream?.destroy()), DRAIN_MS).unref();
    });
    const result = await child;
    await end.settle();
    if (child.pid === undefined) {
      throw new CcError('NotFound', `cannot run ${program}: ${explainError(result)}`, { cause: result });
    }
    const texts = { stdout: kept.stdout.text(), stderr: kept.stderr.text(), all: kept.all.text() };
    return {
      exitCode: result.exitCode ?? 128 + signalNumber(result.signal),
      ...texts,
      truncated: kept.all.truncated || kept.stdout.truncated || kept.stderr.truncated,
      outcome: end.outcome(),
      durationMs: performance.now() - started,
    };
  },
};

function signalNumber(signal: string | undefined): number {
  const known: Record<string, number> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGABRT: 6,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGTERM: 15,
  };
  return known[signal ?? ''] ?? 1;
}

interface EndWatch {
  outcome(): CommandResult['outcome'];
  /** Kills what the child left in its group and stops the timers. */
  settle(): Promise<void>;
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
    async settle() {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', onAbort);
      if (pid !== undefined) killGroup(pid, 'SIGKILL');
    },
  };
}
