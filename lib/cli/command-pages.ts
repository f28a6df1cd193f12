import type { Command, Option } from 'commander';
import type { ExitCode } from './environment.ts';

/** A flag of a command: how it is written, what it means, and what may follow it. */
export interface FlagPage {
  /** As help writes it: `-o, --output <form>`. */
  flags: string;
  description: string;
  /** `-o` and `--output`. */
  names: readonly string[];
  takesValue: boolean;
  /** The only values that there are; empty: any. */
  choices: readonly string[];
}

/** A command as it is explained: in the reference, the manual page and completions. */
export interface CommandPage {
  name: string;
  /** What follows the name. */
  usage: string;
  description: string;
  flags: readonly FlagPage[];
}

/** What each exit code of `ccctl` means. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'Done, or as wanted.',
  1: 'Failed, or differs: a run that did not pass, a bad file, a difference, a request that was refused.',
  2: 'The command line is wrong; nothing was done.',
  3: 'There is no such object, file or set.',
  4: 'The time of `--timeout` is over.',
  5: 'The object is stalled, or its file is not accepted.',
  6: 'The controller is not running, and the command needs it.',
  7: '`run --wait`: a fault of the infrastructure ended the run, or is all that failed in the sweep; it says nothing of a recipe.',
  130: 'Interrupted.',
};

/** The commands of a program, in the order of its help; hidden ones are `hidden`. Pure. */
export function pagesOf(program: Command, hidden: readonly string[]): CommandPage[] {
  const shown = program.commands.filter((command) => !hidden.includes(command.name()));
  return shown.map((command) => ({
    name: command.name(),
    usage: command.usage(),
    description: command.description(),
    flags: command.options.map(flagPage),
  }));
}

function flagPage({ flags, description, short, long, required, optional, argChoices = [] }: Option): FlagPage {
  const names = [short, long].filter((name) => name !== undefined);
  return { flags, description, names, takesValue: required || optional, choices: argChoices };
}
