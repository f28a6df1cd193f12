import { CcError } from '../errors.ts';
import type { CommandResult, CommandRunner } from '../exec/command.ts';

/** What is needed to run `cp` and `sync`. */
export interface Coreutils {
  runner: CommandRunner;
  /** The whole environment of the children: PATH, and the token that marks them as ours. */
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** What the C library says for ENOSPC and EDQUOT; stable because the children run with LC_ALL=C. */
const NO_SPACE = /No space left on device|Disk quota exceeded/;

/**
 * Runs one coreutils program to its end.
 * @throws CcError `NoSpace`, `Aborted`, `NotFound` (program missing) or `CommandFailed` with the last line it wrote.
 */
export async function runCoreutil(tools: Coreutils, argv: readonly [string, ...string[]]): Promise<void> {
  throwIfAborted(tools.signal);
  const env = { ...tools.env, LC_ALL: 'C' };
  const result = await tools.runner.run({ argv, cwd: '/', env, signal: tools.signal });
  if (result.outcome === 'Aborted') throw aborted(tools.signal);
  if (result.exitCode !== 0) throw failure(argv[0], result);
}

function failure(program: string, result: CommandResult): CcError {
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  if (NO_SPACE.test(result.stderr)) {
    return new CcError('NoSpace', `${program}: ${said}`, { remedy: 'Free disk space; the source was not changed.' });
  }
  return new CcError('CommandFailed', `${program} ended with ${result.exitCode}: ${said}`);
}

/** @throws CcError `Aborted` once the signal has been tripped. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw aborted(signal);
}

function aborted(signal: AbortSignal): CcError {
  return new CcError('Aborted', 'the operation was interrupted', { cause: signal.reason });
}
