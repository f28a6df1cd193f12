import type { Call, CommandSpec } from './flags.ts';
import type { Output } from './output.ts';

/** What a command gets. */
export interface Invocation extends Call {
  output: Output;
  offline: boolean;
  noInput: boolean;
}

export interface Command extends CommandSpec {
  run(invocation: Invocation): Promise<void> | void;
}
