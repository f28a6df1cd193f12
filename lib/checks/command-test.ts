import { access, constants } from 'node:fs/promises';
import { present } from '../api/objects.ts';
import { CcError, isPathFault } from '../errors.ts';
import type { CommandOptions, CommandResult, CommandRunner } from '../exec/command.ts';
import { logTail } from '../run-record/last-words.ts';
import { commandPath } from './command-path.ts';
import type { Mask } from './mask.ts';
import { openMaskedLog } from './masked-log.ts';

/** Exit code by which a hook or test says: does not apply here; the last line of its output is the reason. */
const SKIP_EXIT_CODE = 77;

/** Output that the runner keeps itself; the log file holds the rest. */
const RUNNER_OUTPUT_BYTES = 64 * 1024;

export interface CommandHookOptions extends Pick<CommandOptions, 'env' | 'directories'> {
  /** argv; the first is a file below `root` where it holds a slash, else looked up on PATH. */
  command: readonly string[];
  /** Working directory: the recipe's checkout or the profile's directory. */
  root: string;
  runner: CommandRunner;
  timeoutMs: number;
  signal: AbortSignal;
  /** The full masked output is written there as it comes, so that it survives a time-out. */
  logFile: string;
  mask: Mask;
}

export interface HookResult {
  result: 'Passed' | 'Failed' | 'Skipped';
  exitCode: number;
  /** Of a failure, as the controller saw it: nothing that a hook says becomes one. */
  reason?: 'DeadlineExceeded' | 'ExitCode';
  /** One masked sentence for people. */
  message: string;
  /** The last lines of both streams, at most 20, masked. */
  logTail: string[];
  durationMs: number;
  /** The log file lacks a part of the middle. */
  truncated: boolean;
}

/**
 * Runs a hook or test: exit 0 passes, {@link SKIP_EXIT_CODE} skips, everything else fails, a time-out included. When it
 * returns, nothing of the child is left: see `CommandRunner.run`. Not idempotent: what the command does, it does again.
 * @throws CcError `Refused` and `NotFound` as `commandPath`, `NotFound` also for a missing root; `InvalidInput` for an
 * empty command; `Aborted` when `signal` trips (the log is complete all the same); `NoSpace`.
 */
export async function runCommandHook(options: CommandHookOptions): Promise<HookResult> {
  const argv = await resolveArgv(options);
  const log = await openMaskedLog(options.logFile, options.mask);
  const { runner, root: cwd, env, signal, timeoutMs, directories } = options;
  const limits = { timeoutMs, maxOutputBytes: RUNNER_OUTPUT_BYTES, ...present({ directories }) };
  const running = runner.run({ argv, cwd, env, signal, ...limits, onOutput: log.push });
  const result = await running.catch(async (error: unknown) => {
    await log.close();
    throw error;
  });
  const { tail, truncated } = await log.close();
  if (result.outcome === 'Aborted')
    throw new CcError('Aborted', `${options.command.join(' ')} was aborted`, { cause: signal.reason });
  const lines = logTail(tail);
  return { ...judge(result, lines, options), logTail: lines, durationMs: result.durationMs, truncated };
}

type Judgement = Pick<HookResult, 'result' | 'exitCode' | 'reason' | 'message'>;

function judge(result: CommandResult, lines: readonly string[], options: CommandHookOptions): Judgement {
  const name = options.mask.text(options.command.join(' '));
  const { exitCode } = result;
  if (result.outcome === 'TimedOut') {
    const message = `${name}: killed after ${options.timeoutMs} ms`;
    return { result: 'Failed', exitCode, reason: 'DeadlineExceeded', message };
  }
  if (exitCode === 0) return { result: 'Passed', exitCode, message: `${name}: passed` };
  const last = lines.at(-1);
  if (exitCode === SKIP_EXIT_CODE)
    return { result: 'Skipped', exitCode, message: `${name}: ${last ?? 'skipped without a reason'}` };
  const message = `${name}: exit code ${exitCode}${last === undefined ? '' : `: ${last}`}`;
  return { result: 'Failed', exitCode, reason: 'ExitCode', message };
}

async function resolveArgv({ command, root }: CommandHookOptions): Promise<[string, ...string[]]> {
  const [program, ...args] = command;
  if (program === undefined || program === '') throw new CcError('InvalidInput', 'a command needs at least a program');
  await access(root, constants.X_OK).catch((cause: unknown) => {
    throw isPathFault(cause) ? new CcError('NotFound', `no directory ${root} to run ${program} in`, { cause }) : cause;
  });
  return [await commandPath(program, root), ...args];
}
