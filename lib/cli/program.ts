import { Command, CommanderError, Option } from 'commander';
import { CcError, explainError, systemCode } from '../errors.ts';
import { maskUrls } from '../url-mask.ts';
import type { CommandBody } from './context.ts';
import { type CliEnvironment, CommandError, EXIT, type ExitCode, exitCodeOf, say } from './environment.ts';
import { unknownCommand } from './other-words.ts';
import { plainOutput } from './plain-output.ts';
import { addChangeCommands, addLookCommands } from './program-commands.ts';

/** Adds a command; `usage` is what follows its name in the help. */
export type AddCommand = (name: string, usage: string, description: string, body: CommandBody) => Command;

/** Verbs that the product names and that this version does not serve. */
const LATER = ['tree', 'completion'] as const;

/**
 * Runs `ccctl` with the arguments after the program's name and gives the exit code. Never throws: errors are said on
 * standard error, what, why and what to do.
 */
export async function runProgram(surroundings: CliEnvironment, argv: readonly string[]): Promise<ExitCode> {
  const { stdout, stderr } = surroundings;
  const environment = { ...surroundings, stdout: plainOutput(stdout), stderr: plainOutput(stderr) };
  const result: { exitCode: ExitCode } = { exitCode: EXIT.Ok };
  try {
    const program = await buildProgram(environment, argv, result);
    if (argv.length === 0) {
      say(environment, program.helpInformation().trimEnd());
      return EXIT.Usage;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return result.exitCode;
  } catch (error) {
    return concludeError(environment, error);
  }
}

async function buildProgram(
  environment: CliEnvironment,
  argv: readonly string[],
  result: { exitCode: ExitCode },
): Promise<Command> {
  const program = new Command('ccctl')
    .description('Looks at and steers cc-ci: reads files, drops specs and requests.')
    .helpCommand('help [command]', 'explain a command')
    .version(environment.version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: /, 'ccctl: ')),
    });
  addDirectoryFlags(program);
  const add = adder(program, environment, result);
  addLookCommands(add);
  addChangeCommands(add);
  for (const verb of LATER)
    add(verb, '[words...]', 'not served yet', () => Promise.reject(notServed(verb))).allowUnknownOption();
  await addConfigFlags(program, argv);
  const names = program.commands.map((command) => command.name());
  program.on('command:*', ([word = '']: string[]) => {
    throw unknownCommand(word, [...names, 'help']);
  });
  return program;
}

function adder(program: Command, environment: CliEnvironment, result: { exitCode: ExitCode }): AddCommand {
  return (name, usage, description, body) =>
    program
      .command(name)
      .usage(usage)
      .description(description)
      .argument('[words...]')
      .action(async (words: string[], options: Record<string, unknown>) => {
        result.exitCode = await body({ environment, flags: program.opts() }, words, options);
      });
}

function addDirectoryFlags(program: Command): void {
  program.option('--config <file>', 'configuration file');
  program.option('--state-directory <directory>', 'state directory of the controller');
  program.option('--spec-directory <directory>', 'directory of the spec files');
}

/** The many other flags of the configuration are loaded only where a flag is given that no command has. */
async function addConfigFlags(program: Command, argv: readonly string[]): Promise<void> {
  const known = new Set([program, ...program.commands].flatMap(({ options }) => options.map(({ long }) => long)));
  const flags = argv.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? word);
  if (flags.every((flag) => known.has(flag))) return;
  const { configFlags } = await import('../config/fields.ts');
  const own = new Set(program.options.map(({ long }) => long));
  for (const { flag, description } of configFlags()) {
    if (!own.has(flag)) program.addOption(new Option(`${flag} <value>`, description).hideHelp());
  }
}

function notServed(verb: string): CommandError {
  return new CommandError(EXIT.Usage, `${verb} is not served yet`, { remedy: "See 'ccctl help' for what is." });
}

function concludeError(environment: CliEnvironment, error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.Ok : EXIT.Usage;
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
  return error.remedy === undefined ? lines : [...lines, `       ${error.remedy}`];
}
