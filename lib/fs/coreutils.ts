import { randomUUID } from 'node:crypto';
import { CcError } from '../errors.ts';
import type { CommandOptions, CommandResult, CommandRunner } from '../exec/command.ts';
import { TOKEN_VARIABLE } from '../exec/token.ts';
import { shortPlace } from './join-inside.ts';

/** What is needed to run `cp`, `sync` and `tar`. */
export interface Coreutils {
  runner: CommandRunner;
  /** The whole environment of the children: PATH, and the token that marks them as ours. */
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Who starts them. */
export interface CoreutilsOwner {
  runner: CommandRunner;
  instanceId: string;
  settings: { path: string };
}

/** Coreutils as children of this instance, each call under a token of its own. */
export function coreutils({ runner, instanceId, settings }: CoreutilsOwner, signal: AbortSignal): Coreutils {
  const token = `${instanceId}/child/${randomUUID()}`;
  return { runner, env: { PATH: settings.path, LANG: 'C', [TOKEN_VARIABLE]: token }, signal };
}

/**
 * What the C library says for ENOSPC and EDQUOT, and GNU tar for a write that was cut short; stable because the children
 * run with LC_ALL=C.
 */
const NO_SPACE = /No space left on device|Disk quota exceeded|: Wrote only \d+ of \d+ bytes/;

/** What the C library says where disk or machine fail: no fault of what was read. */
const MACHINE =
  /Input\/output error|Read-only file system|Stale file handle|Cannot allocate memory|Too many open files/;

/**
 * Runs one coreutils program to its end.
 * @throws CcError `NoSpace`, `Aborted`, `NotFound` (program missing) or `CommandFailed` with the last line it wrote.
 */
export async function runCoreutil(tools: Coreutils, argv: readonly [string, ...string[]]): Promise<void> {
  const result = await runProgram(tools, argv, '/');
  if (result.exitCode !== 0) throw programFailure(argv[0], result);
}

/**
 * Runs one program to its end with messages in English, however it ends.
 * @throws CcError `Aborted`, `NotFound` (program missing).
 */
export async function runProgram(
  tools: Coreutils,
  argv: readonly [string, ...string[]],
  cwd: string,
  output: Pick<CommandOptions, 'onOutput' | 'maxOutputBytes'> = {},
): Promise<CommandResult> {
  throwIfAborted(tools.signal);
  const env = { ...tools.env, LC_ALL: 'C' };
  const result = await tools.runner.run({ argv, origin: 'Tool', cwd, env, signal: tools.signal, ...output });
  if (result.outcome === 'Aborted') throw aborted(tools.signal);
  return result;
}

/** `NoSpace`, `Unreachable` (the machine failed, or somebody killed it) or `CommandFailed`, with its last line. Pure. */
export function programFailure(
  program: string,
  { stderr, exitCode }: Pick<CommandResult, 'stderr' | 'exitCode'>,
): CcError {
  const said = shortPlace(stderr.trim().split('\n').at(-1) ?? '');
  if (NO_SPACE.test(stderr)) {
    return new CcError('NoSpace', `${program}: ${said}`, { remedy: 'Free disk space; the source was not changed.' });
  }
  const message = `${program} ended with ${exitCode}: ${said}`;
  if (exitCode <= 128 && !MACHINE.test(stderr)) return new CcError('CommandFailed', message);
  return new CcError('Unreachable', message, { remedy: 'See the disk, the memory and the limits of this machine.' });
}

/** @throws CcError `Aborted` once the signal has been tripped. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw aborted(signal);
}

function aborted(signal: AbortSignal): CcError {
  return new CcError('Aborted', 'the operation was interrupted', { cause: signal.reason });
}
