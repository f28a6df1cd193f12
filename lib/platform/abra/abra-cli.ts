import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { CcError, orElse } from '../../errors.ts';
import { type CommandResult, TOKEN_VARIABLE } from '../../exec/command.ts';
import { endProcesses } from '../../exec/processes.ts';
import type { AbraCloneOptions } from './abra-clone.ts';
import { abraFailure, fatalText, jsonOutput, plainText } from './abra-errors.ts';

export interface AbraCliOptions extends AbraCloneOptions {
  /** Name on the PATH, or absolute path. */
  binary: string;
  /** Socket of the engine that the server `default` is. */
  socketPath: string;
  clock: Clock;
  /** Further variables of the children (`DOCKER_CONFIG`, `SSH_AUTH_SOCK` for servers that are reached by a context). */
  environment?: Readonly<Record<string, string>>;
}

export interface AbraCall {
  /** Words and long flags; `--no-input --offline` are added. Never a secret value. */
  args: readonly [string, ...string[]];
  /** ABRA_DIR. */
  directory: string;
  signal: AbortSignal;
  /** Milliseconds. */
  timeoutMs: number;
  /** `Terminal`: for commands that print tables or run in containers; both streams are one then. Default `Pipes`. */
  through?: 'Pipes' | 'Terminal';
}

/** How a command of abra ended. */
export interface AbraResult {
  exitCode: number;
  /** Both streams without escape sequences. */
  text: string;
  /** Standard output without escape sequences. */
  output: string;
  /** What stood behind `FATA` on either stream. */
  fatal: string | undefined;
}

/** Flags that every command gets; the program has them for all of its commands. */
const GLOBAL_FLAGS = ['--no-input', '--offline'] as const;
const VERSION_TIMEOUT_MS = 20_000;
const SESSION_GRACE_MS = 1_000;

/**
 * The one place that runs abra. The child sees a minimal environment: no variable of an app, no other locale, no other
 * home. Its process group is killed at the deadline, on abort, and when it ends.
 */
export class AbraCli {
  readonly #options: AbraCliOptions;

  constructor(options: AbraCliOptions) {
    this.#options = options;
  }

  /**
   * Runs a command and gives how it ended; a failure is a result.
   * @throws CcError `Aborted`, `DeadlineExceeded`, `NotFound` (abra or script is not installed).
   */
  async result(call: AbraCall): Promise<AbraResult> {
    const { args, directory, signal, timeoutMs } = call;
    const command = [this.#options.binary, ...args, ...GLOBAL_FLAGS] as const;
    const argv = call.through === 'Terminal' ? onTerminal(command) : command;
    const token = this.#token();
    try {
      return resultOf(await this.#run({ argv, directory, signal, timeoutMs, token }), commandWords(args));
    } finally {
      if (call.through === 'Terminal') await this.#endSession(token);
    }
  }

  /**
   * {@link result} of a command that must succeed: exit code 0 and no fatal line.
   * @throws CcError as {@link result}, and as `abra-errors.ts` reads what was said.
   */
  async run(call: AbraCall): Promise<AbraResult> {
    const result = await this.result(call);
    if (!failed(result)) return result;
    throw abraFailure({ ...result, command: commandWords(call.args) });
  }

  /** The JSON that a command with `--machine` prints. @throws CcError as {@link run}; `CommandFailed` without JSON. */
  async json(call: AbraCall): Promise<unknown> {
    return jsonOutput((await this.run(call)).output);
  }

  /** What `abra --version` prints. @throws CcError as {@link run}. */
  async version(directory: string, signal: AbortSignal): Promise<string> {
    const argv: [string, string] = [this.#options.binary, '--version'];
    const token = this.#token();
    const ended = await this.#run({ argv, directory, signal, timeoutMs: VERSION_TIMEOUT_MS, token });
    const result = resultOf(ended, '--version');
    if (failed(result)) throw abraFailure({ ...result, command: '--version' });
    return result.output;
  }

  async #run({ argv, directory, signal, timeoutMs, token }: RunOptions): Promise<CommandResult> {
    const ended = this.#options.runner.run({
      argv: argv as [string, ...string[]],
      cwd: directory,
      env: { ...this.#environment(directory), [TOKEN_VARIABLE]: token },
      signal,
      timeoutMs,
    });
    return await orElse(ended, 'NotFound', (cause) => {
      const script = 'Install the program script (Debian: bsdutils).';
      const remedy = argv[0] === SCRIPT ? script : 'Install abra, or set abra.binary to its path.';
      throw new CcError('NotFound', `cannot run ${argv[0]} from ${directory}`, { cause, remedy });
    });
  }

  #token(): string {
    return `${this.#options.instanceId}/child/${randomUUID()}`;
  }

  /** On a terminal of its own a child is in a session of its own, which the end of its process group does not reach. */
  async #endSession(token: string): Promise<void> {
    await endProcesses({ prefix: token, graceMs: SESSION_GRACE_MS, clock: this.#options.clock });
  }

  #environment(directory: string): Record<string, string> {
    const { path, socketPath, environment } = this.#options;
    return {
      HOME: directory,
      DOCKER_HOST: `unix://${socketPath}`,
      ...environment,
      PATH: path,
      ABRA_DIR: directory,
      LANG: 'C',
      LC_ALL: 'C',
      ABRA_LANG: 'C',
      COLUMNS: '200',
      TERM: 'xterm',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
    };
  }
}

interface RunOptions extends Omit<AbraCall, 'args' | 'through'> {
  argv: readonly string[];
  token: string;
}

const SCRIPT = 'script';

/** Exit code, or a fatal line: abra may end with 0 after one. */
export function failed({ exitCode, fatal }: AbraResult): boolean {
  return exitCode !== 0 || fatal !== undefined;
}

/** The words of a command without flags and values, for messages: `app secret insert`. */
function commandWords(args: readonly string[]): string {
  const end = args.findIndex((arg) => arg.startsWith('-') || arg.includes('.') || arg.includes('/'));
  return args.slice(0, end < 0 ? args.length : end).join(' ');
}

/**
 * Through util-linux's `script`, which gives the child a terminal and passes its exit code on. The terminal has no size
 * of its own, and tables are cut to it.
 */
function onTerminal(command: readonly string[]): readonly string[] {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const sized = `stty cols 200 rows 100 2>/dev/null; exec ${line}`;
  return [SCRIPT, '--quiet', '--return', '--command', sized, '/dev/null'];
}

function resultOf(ended: CommandResult, command: string): AbraResult {
  if (ended.outcome === 'Aborted') throw new CcError('Aborted', `abra ${command} was aborted`);
  if (ended.outcome === 'TimedOut') {
    const seconds = Math.round(ended.durationMs / 1000);
    const remedy = 'See whether the engine answers: docker node ls.';
    throw new CcError('DeadlineExceeded', `abra ${command} did not end within ${seconds} s`, { remedy });
  }
  const text = plainText(ended.all);
  return { exitCode: ended.exitCode, text, output: plainText(ended.stdout), fatal: fatalText(text) };
}
