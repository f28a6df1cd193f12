import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError } from '../errors.ts';
import { type CommandOptions, type CommandResult, type CommandRunner, TOKEN_VARIABLE } from '../exec/command.ts';
import { syncTree, writeFileDurable } from '../fs/durable.ts';
import { maskUrl } from './source.ts';
import { copyFault } from './source-faults.ts';

export interface GitOptions {
  runner: CommandRunner;
  /** Value of the owner token of each child; the caller has journaled it before. */
  token?: () => string;
  /** PATH of the children. */
  path: string;
}

export interface GitCall extends Partial<Pick<CommandOptions, 'input' | 'cwd' | 'timeoutMs' | 'maxOutputBytes'>> {
  signal: AbortSignal;
  /** Further variables of the child. */
  env?: Readonly<Record<string, string>>;
  /** Further configuration, `key=value`; seen by everybody on the machine. */
  settings?: readonly string[];
  /** `Foreign` where git starts programs of others: transports, and what they leave running. Default `Tool`. */
  origin?: CommandOptions['origin'];
}

const LOCAL_TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const HOME = 'cc-ci-home';
const SETTINGS = [
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'submodule.recurse=false',
];
/** Hooks, pagers, prompts and the machine's configuration have no say; `safe.directory` must sit in a file, because git does not hand `-c` to the far end of a local fetch. */
const CONFIG = '[safe]\n\tdirectory = *\n[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 60\n';

/** Runs git on one bare repository in a minimal environment. */
export class Git {
  readonly #options: GitOptions;
  readonly directory: string;

  constructor(directory: string, options: GitOptions) {
    this.directory = directory;
    this.#options = options;
  }

  /** The same, on another directory. */
  at(directory: string): Git {
    return new Git(directory, this.#options);
  }

  /** Writes the scratch home that the children see; durable, idempotent. */
  async prepareHome(): Promise<void> {
    const file = join(this.directory, HOME, '.gitconfig');
    if ((await readFile(file, 'utf8').catch(() => '')) === CONFIG) return;
    await writeFileDurable(file, CONFIG);
  }

  /** Returns once what children wrote beside `path` is on the disk: git of old, and checkouts of today, do not see to it. */
  async sync(path: string, signal: AbortSignal): Promise<void> {
    await syncTree(path, { runner: this.#options.runner, env: this.#environment(), signal });
  }

  /**
   * Runs git and gives its result, whatever the exit code. @throws CcError `Aborted`; `Unreachable` past the deadline;
   * `NotFound` when git is not installed; `DataMissing` when the repository is not there.
   */
  async result(args: readonly string[], call: GitCall): Promise<CommandResult> {
    await this.#assertThere();
    const settings = [...SETTINGS, ...(call.settings ?? [])].flatMap((setting) => ['-c', setting]);
    const result = await this.#options.runner.run({
      argv: ['git', ...settings, '--literal-pathspecs', `--git-dir=${this.directory}`, ...args],
      origin: call.origin ?? 'Tool',
      cwd: call.cwd ?? this.directory,
      env: { ...this.#environment(), ...call.env },
      signal: call.signal,
      timeoutMs: call.timeoutMs ?? LOCAL_TIMEOUT_MS,
      maxOutputBytes: call.maxOutputBytes ?? MAX_OUTPUT_BYTES,
      ...(call.input === undefined ? {} : { input: call.input }),
    });
    if (result.outcome === 'Aborted') throw new CcError('Aborted', `git ${args[0]} was stopped`);
    if (result.outcome === 'TimedOut') throw tooSlow(commandOf(args));
    return result;
  }

  /**
   * The standard output of a git command that must succeed.
   * @throws CcError as {@link result}; as `copyFault` where the exit code is not 0; `InvalidInput` for too long an output.
   */
  async text(args: readonly string[], call: GitCall): Promise<string> {
    const result = await this.result(args, call);
    const command = commandOf(args);
    const { exitCode, truncated } = result;
    if (exitCode !== 0) throw copyFault(this.directory, { command, exitCode, said: lastWords(result) });
    if (truncated) throw new CcError('InvalidInput', `git ${command} printed more than can be kept`);
    return result.stdout;
  }

  async #assertThere(): Promise<void> {
    await access(this.directory).catch((cause: unknown) => {
      throw new CcError('DataMissing', `${this.directory} does not exist: the recipe was never fetched`, { cause });
    });
  }

  #environment(): Record<string, string> {
    const token = this.#options.token?.();
    return {
      PATH: this.#options.path,
      HOME: join(this.directory, HOME),
      LANG: 'C',
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: join(this.directory, HOME, '.gitconfig'),
      GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
      GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20',
      ...(token === undefined ? {} : { [TOKEN_VARIABLE]: token }),
    };
  }
}

/** A machine or a disk in trouble: git works on files that are here. */
function tooSlow(command: string): CcError {
  const remedy = 'See the load and the disk of this machine.';
  return new CcError('Unreachable', `git ${command} took too long`, { remedy });
}

/** The name of the command, behind options of git itself. */
function commandOf(args: readonly string[]): string {
  return args.find((arg) => !arg.startsWith('-')) ?? '';
}

/** What git adds to every failure of a transport. */
const SAYS_NOTHING =
  /^(?:fatal: Could not read from remote repository\.|Please make sure you have the correct access rights|and the repository exists\.)/;

/** The last lines of standard error that say something, on one line, passwords masked. */
export function lastWords(result: Pick<CommandResult, 'stderr'>): string {
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => !SAYS_NOTHING.test(line));
  return maskUrl((telling.length > 0 ? telling : lines).slice(-3).join('; ')) || 'it said nothing';
}
