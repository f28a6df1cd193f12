import { Command } from 'commander';
import { configFlags } from '../lib/config/load.ts';

/** What `cc-controller` was started with; the settings of the configuration among it, by their option names. */
export interface Flags {
  [option: string]: unknown;
  adoptSpecDirectory?: boolean;
  ignoreHangup?: boolean;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  logFormat: 'text' | 'json';
}

/** `cc-controller` as it reads its command line. Pure. */
export function controllerCommand(version: string): Command {
  const command = new Command('cc-controller')
    .description('Tests Co-op Cloud recipes and keeps them warm: reconciles the spec directory until stopped.')
    .option('--config <file>', 'configuration file; default: CC_CI_CONFIG, ./cc-ci.yaml, /etc/cc-ci/cc-ci.yaml')
    .option('--adopt-spec-directory', 'take over a spec directory that another instance marked as its own')
    .option('--ignore-hangup', 'go on when the terminal is closed; bin/cc-controller gives it under nohup')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .option('--log-format <form>', 'text or json', 'text')
    .version(version)
    .allowExcessArguments(false);
  for (const flag of configFlags()) command.option(`${flag.flag} <value>`, flag.description);
  return command;
}

/** The flags of a command line. @throws CommanderError where it is wrong, or asks for help or the version. */
export function parseFlags(argv: readonly string[], version: string): Flags {
  return controllerCommand(version).exitOverride().parse(argv).opts<Flags>();
}
