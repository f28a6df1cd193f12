import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { createMask } from '../checks/mask.ts';
import { sha256 } from '../digest.ts';
import { CcError } from '../errors.ts';
import { type CommandResult, type CommandRunner, TOKEN_VARIABLE } from '../exec/command.ts';
import type { Alert } from './alert.ts';
import { lastSaid } from './said.ts';
import type { Sink } from './sink.ts';
import { alertBody } from './webhook-sink.ts';

/** Of one delivery, milliseconds. */
const DEADLINE_MS = 30_000;
const MOST_OUTPUT_BYTES = 8 * 1024;
/** Shorter arguments are hardly secret, and are words of every message. */
const SECRET_CHARACTERS = 8;

export interface CommandSinkOptions {
  /** Program and arguments; no shell. */
  argv: readonly [string, ...string[]];
  runner: CommandRunner;
  /** PATH of the command. */
  path: string;
  instanceId: string;
}

/**
 * Runs a command per alert, with the alert as JSON on its standard input. Exit code 0 is a delivery. The command has
 * PATH and LANG alone, begins in `/`, and is over when nothing of it is left.
 */
export class CommandSink implements Sink {
  readonly key: string;
  readonly name: string;
  readonly #options: CommandSinkOptions;

  constructor(options: CommandSinkOptions) {
    this.#options = options;
    this.key = `command-${sha256(JSON.stringify(options.argv)).slice(0, 12)}`;
    this.name = `command ${basename(options.argv[0])}`;
  }

  async deliver(alert: Alert, signal: AbortSignal): Promise<void> {
    const { argv, runner, path, instanceId } = this.#options;
    const token = `${instanceId}/child/${randomUUID()}`;
    const result = await runner.run({
      argv,
      cwd: '/',
      env: { PATH: path, LANG: 'C.UTF-8', [TOKEN_VARIABLE]: token },
      input: `${alertBody(alert)}\n`,
      timeoutMs: DEADLINE_MS,
      maxOutputBytes: MOST_OUTPUT_BYTES,
      signal,
    });
    if (result.outcome === 'Aborted') throw new CcError('Aborted', `${this.name} was interrupted`);
    if (result.outcome === 'TimedOut')
      throw new CcError('DeadlineExceeded', `${this.name} did not end within ${DEADLINE_MS} ms${this.#said(result)}`);
    if (result.exitCode !== 0)
      throw new CcError('CommandFailed', `${this.name} ended with ${result.exitCode}${this.#said(result)}`);
  }

  /** The end of what it said. */
  #said({ all }: CommandResult): string {
    const secrets = this.#options.argv.slice(1).map((argument) => argument.replace(/^-[^=]*(?:=|$)/, ''));
    const mask = createMask(secrets.filter(({ length }) => length >= SECRET_CHARACTERS));
    const said = lastSaid(all, mask);
    return said === '' ? '' : `: ${said}`;
  }
}
