import type { Command } from './command.ts';
import { appDeploy } from './commands/app-deploy.ts';
import { appLs } from './commands/app-ls.ts';
import { appNew } from './commands/app-new.ts';
import { appPs } from './commands/app-ps.ts';
import { appRm } from './commands/app-rm.ts';
import { secretGenerate, secretInsert, secretLs, secretRm } from './commands/app-secret.ts';
import { appUndeploy } from './commands/app-undeploy.ts';
import { volumeLs, volumeRm } from './commands/app-volume.ts';
import { recipeLint } from './commands/recipe-lint.ts';
import { serverLs } from './commands/server-ls.ts';
import { Fatal, fatal } from './fatal.ts';
import { suffer, takeFault } from './faults.ts';
import { GLOBAL_FLAGS, helpText, parseFlags } from './flags.ts';
import { Output } from './output.ts';

const COMMANDS: readonly Command[] = [
  appNew,
  appDeploy,
  appUndeploy,
  appPs,
  appLs,
  appRm,
  secretGenerate,
  secretInsert,
  secretRm,
  secretLs,
  volumeLs,
  volumeRm,
  recipeLint,
  serverLs,
];

const output = new Output();
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    // [V] Version and short commit.
    if (args[0] === '--version' || args[0] === '-v') return printVersion();
    const { command, rest } = findCommand(args);
    const call = parseFlags(rest, command.flags);
    if (call.has('machine') || call.has('debug')) output.moveLogs();
    if (call.has('help')) {
      output.print(helpText(command));
      return 0;
    }
    return await runCommand(command, rest);
  } catch (error) {
    // [V] Fatal errors end with exit code 1. [M] Mistakes in usage, too.
    output.fatal(error instanceof Fatal ? error.message : String(error instanceof Error ? error.stack : error));
    return 1;
  }
}

async function runCommand(command: Command, rest: readonly string[]): Promise<number> {
  const call = parseFlags(rest, command.flags);
  const fault = takeFault(command.path.join(' '));
  const early = fault && fault.when !== 'After' ? await suffer(fault, output) : undefined;
  if (early !== undefined) return early;
  await command.run({ ...call, output, offline: call.has('offline'), noInput: call.has('no-input') });
  const late = fault?.when === 'After' ? await suffer(fault, output) : undefined;
  return late ?? 0;
}

async function printVersion(): Promise<number> {
  const fault = takeFault('--version');
  const end = fault && (await suffer(fault, output));
  if (end !== undefined) return end;
  output.print(`abra version ${process.env.ABRA_DOUBLE_VERSION ?? '0.13.0-beta-06a57de'}`);
  return 0;
}

/** Global flags may stand before the command's words. */
function findCommand(args: readonly string[]): { command: Command; rest: string[] } {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const command = COMMANDS.find(({ path, aliases = [] }) => {
    const last = path.length - 1;
    return path.every((word, at) => words[at] === word || (at === last && aliases.includes(words[at] ?? '')));
  });
  if (command === undefined) {
    if (args.some((arg) => arg === '-h' || arg === '--help')) return helpOnly();
    return fatal(`unknown command "${words.join(' ')}" for "abra"`);
  }
  const named = words.slice(0, command.path.length);
  const rest = [...args];
  for (const word of named) rest.splice(rest.indexOf(word), 1);
  return { command, rest };
}

function helpOnly(): { command: Command; rest: string[] } {
  const help = ['The Co-op Cloud command-line utility belt', '', 'Commands:'];
  const lines = COMMANDS.map(({ path, help: text }) => `  ${path.join(' ').padEnd(24)} ${text}`);
  const text = [...help, ...lines, '', ...GLOBAL_FLAGS.map(({ long }) => `  --${long}`)].join('\n');
  const command: Command = { path: [], usage: '', help: text, flags: [], run: () => output.print(text) };
  return { command, rest: [] };
}
