import type { CommandContext } from '../context.ts';
import { print } from '../environment.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** `ccctl version`: needs nothing. */
export async function version({ environment }: CommandContext): Promise<ExitCode> {
  print(environment, `ccctl ${environment.version}`);
  return EXIT.Ok;
}
