import { type CliEnvironment, EXIT, type ExitCode, print } from '../environment.ts';

/** `ccctl version`. */
export function version(environment: CliEnvironment): ExitCode {
  print(environment, `ccctl ${environment.version}`);
  return EXIT.Ok;
}
