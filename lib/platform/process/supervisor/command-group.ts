import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../../../clock.ts';

export interface CommandGroupOptions {
  command: readonly string[];
  directory: string;
  environment: Readonly<Record<string, string>>;
  /** Takes both streams; without it the output is dropped. */
  onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => void;
}

export interface CommandEnd {
  /** 128 + signal number where a signal ended it, 127 where it could not be started. */
  exitCode: number;
  message?: string;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/** How long the output of an ended command is waited for, milliseconds; a stray child may hold it open for ever. */
const DRAIN_MS = 500;

/** A command in a session and process group of its own. */
export class CommandGroup {
  readonly #child: ChildProcess | undefined;
  /** Resolves when the command has ended and the rest of its group is killed; never rejects. */
  readonly ended: Promise<CommandEnd>;

  constructor(options: CommandGroupOptions, clock: Clock) {
    const [program = '', ...args] = options.command;
    const output = options.onOutput ? 'pipe' : 'ignore';
    try {
      this.#child = spawn(program, args, {
        cwd: options.directory,
        env: options.environment,
        detached: true,
        stdio: ['ignore', output, output],
      });
    } catch (error) {
      // Node refuses some arguments (a NUL byte) at once.
      this.ended = Promise.resolve(notStarted(program, error));
      return;
    }
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.on('data', (chunk: Buffer) => options.onOutput?.(chunk, stream));
    }
    this.ended = this.#waitForEnd(this.#child, program, clock);
  }

  /** Undefined where the program could not be started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Signals the whole group; one that is gone is success. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Gone, or ours no longer.
    }
  }

  async #waitForEnd(child: ChildProcess, program: string, clock: Clock): Promise<CommandEnd> {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const end = await new Promise<CommandEnd>((resolve) => {
      child.once('error', (error) => resolve(notStarted(program, error)));
      child.once('exit', (code, signal) => resolve(endOf(code, signal)));
    });
    this.signal('SIGKILL');
    if (child.pid !== undefined) await Promise.race([closed, clock.sleep(DRAIN_MS)]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    return end;
  }
}

/** 127, as a shell answers. */
function notStarted(program: string, error: unknown): CommandEnd {
  return { exitCode: 127, message: `cannot run ${program}: ${error instanceof Error ? error.message : String(error)}` };
}

function endOf(code: number | null, signal: NodeJS.Signals | null): CommandEnd {
  if (signal === null) return { exitCode: code ?? 1 };
  return { exitCode: 128 + (SIGNALS[signal] ?? 1), message: `ended by ${signal}` };
}
