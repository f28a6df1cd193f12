import { Command, CommanderError, Option } from 'commander';
import { type CommandPage, pagesOf } from './command-pages.ts';
import type { CommandBody } from './context.ts';
import { type CliEnvironment, EXIT, type ExitCode, say } from './environment.ts';
import { unknownCommand } from './other-words.ts';
import { addChangeCommands, addLookCommands } from './program-commands.ts';
import { ASK, COMMON_FLAGS } from './program-flags.ts';

/** Adds a command; `usage` is what follows its name in the help. */
export type AddCommand = (name: string, usage: string, description: string, body: CommandBody) => Command;

/**
 * Reads the arguments after the program's name, whatever they are, runs what they name and gives the exit code.
 * @throws what the command throws; what is wrong with the arguments is said on standard error.
 */
export async function runCommandLine(environment: CliEnvironment, argv: readonly string[]): Promise<ExitCode> {
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
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.Ok : EXIT.Usage;
    throw error;
  }
}

/** What the commands are, for the reference and for completion. */
export function commandPages(): CommandPage[] {
  const program = new Command('ccctl');
  const add: AddCommand = (name, usage, description) => program.command(name).usage(usage).description(description);
  addLookCommands(add);
  addChangeCommands(add);
  return pagesOf(program, [ASK]);
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
  addCompletion(program, environment, result);
  await addConfigFlags(program, argv);
  const names = program.commands.map((command) => command.name()).filter((name) => name !== ASK);
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
  for (const [flags, description] of COMMON_FLAGS) program.option(flags, description);
}

/** What the scripts of `ccctl completion` ask; no command for people. */
function addCompletion(program: Command, environment: CliEnvironment, result: { exitCode: ExitCode }): void {
  program
    .command(ASK, { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => {
      const { answer } = await import('./commands/completion.ts');
      result.exitCode = await answer({ environment, flags: program.opts() }, words, pagesOf(program, [ASK]));
    });
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
