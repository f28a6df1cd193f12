import { join } from 'node:path';
import { CcError } from '../../lib/errors.ts';
import type { CommandResult, CommandRunner } from '../../lib/exec/command.ts';
import type { Rig } from './rig.ts';

const COMMAND_TIMEOUT_MS = 60_000;

/** Runs commands about one rig. */
export interface RigCommands {
  /** @throws CcError `CommandFailed` with what it said. */
  must(...argv: [string, ...string[]]): Promise<string>;
  /** A command that may fail, with its whole result. */
  may(...argv: [string, ...string[]]): Promise<CommandResult>;
}

/** Commands with the rig's engine as `DOCKER_HOST` and without the person's docker configuration. */
export function rigCommands({ directory, socketPath }: Rig, runner: CommandRunner, path: string): RigCommands {
  const env = {
    PATH: path,
    LANG: 'C',
    HOME: directory,
    DOCKER_CONFIG: join(directory, 'cli'),
    DOCKER_HOST: `unix://${socketPath}`,
    DOCKER_BUILDKIT: '0',
  };
  const may: RigCommands['may'] = (...argv) => runner.run({ argv, cwd: '/', env, timeoutMs: COMMAND_TIMEOUT_MS });
  return {
    may,
    async must(...argv) {
      const { exitCode, outcome, stdout, all } = await may(...argv);
      if (exitCode === 0 && outcome === 'Exited') return stdout.trim();
      throw new CcError('CommandFailed', `${argv.join(' ')} failed (${outcome}, exit code ${exitCode}): ${all.trim()}`);
    },
  };
}
