import { CcError, explainError, systemCode } from '../errors.ts';
import { saysAlready } from '../sentences.ts';
import { maskUrls } from '../url-mask.ts';
import { get } from './commands/get.ts';
import { version } from './commands/version.ts';
import { type CliEnvironment, EXIT, type ExitCode, exitCodeOf, say } from './environment.ts';
import { plainGet } from './plain-get.ts';
import { plainOutput } from './plain-output.ts';

/**
 * Runs `ccctl` with the arguments after the program's name and gives the exit code. Never throws: errors are said on
 * standard error, what, why and what to do.
 */
export async function runProgram(surroundings: CliEnvironment, argv: readonly string[]): Promise<ExitCode> {
  const { stdout, stderr } = surroundings;
  const environment = withOutputs(surroundings, { stdout: plainOutput(stdout), stderr: plainOutput(stderr) });
  try {
    return await runCommand(environment, argv);
  } catch (error) {
    return concludeError(environment, error);
  }
}

/** What is given most is read without the parser of all commands, which takes as long to load as a list to print. */
async function runCommand(environment: CliEnvironment, argv: readonly string[]): Promise<ExitCode> {
  if (argv.length === 1 && argv[0] === 'version') return version(environment);
  const plain = plainGet(argv);
  if (plain) return await get({ environment, flags: plain.flags }, plain.words, plain.options);
  const { runCommandLine } = await import('./command-line.ts');
  return await runCommandLine(environment, argv);
}

/** The surroundings with other outputs; what they make when it is asked for is not made by this. */
function withOutputs(surroundings: CliEnvironment, outputs: Pick<CliEnvironment, 'stdout' | 'stderr'>): CliEnvironment {
  const all = { ...Object.getOwnPropertyDescriptors(surroundings), ...Object.getOwnPropertyDescriptors(outputs) };
  return Object.defineProperties({}, all) as CliEnvironment;
}

function concludeError(environment: CliEnvironment, error: unknown): ExitCode {
  if (environment.signal.aborted) return EXIT.Interrupted;
  for (const line of errorLines(error)) say(environment, maskUrls(line));
  return exitCodeOf(error);
}

/** What, why, and on a line of its own what to do; the stack only where the fault is ours. */
function errorLines(error: unknown): string[] {
  if (!(error instanceof CcError)) {
    const ours = error instanceof Error && systemCode(error) === undefined;
    return `ccctl: ${ours ? (error.stack ?? error.message) : explainError(error)}`.split('\n');
  }
  const cause = error.cause instanceof Error ? ` (${explainError(error.cause)})` : '';
  const lines = `${error.message}${cause}`.split('\n').map((line) => `ccctl: ${line}`);
  return error.remedy === undefined || saysAlready(error.message, error.remedy)
    ? lines
    : [...lines, `       ${error.remedy}`];
}
