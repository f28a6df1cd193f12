import { CcError, explainError } from '../errors.ts';
import type { CommandRunner } from '../exec/command.ts';
import type { Log } from '../log.ts';
import { Serial } from '../serial.ts';
import type { ServiceEnvironment } from './environment.ts';
import type { Assignment, ServiceManager } from './service-manager.ts';

const PROGRAM = 'systemd-notify';
/** It waits five seconds at most until its message was taken. */
const TIMEOUT_MS = 10_000;

export interface SystemdNotifyOptions extends ServiceEnvironment {
  runner: CommandRunner;
  /** PATH on which the program is looked up. */
  path: string;
  log: Log;
}

/**
 * Tells systemd by `systemd-notify`, a child for each message, since Node has no datagram sockets of this sort. The child waits
 * until systemd took the message, which would else not know whom a process that has ended belonged to; the unit needs
 * `NotifyAccess=all`. See docs/adr/0201-systemd-notify.md.
 */
export class SystemdNotify implements ServiceManager {
  readonly watchdogMs?: number;
  readonly #options: SystemdNotifyOptions;
  readonly #serial = new Serial();
  #fault: string | undefined;

  constructor(options: SystemdNotifyOptions) {
    this.#options = options;
    if (options.watchdogMs !== undefined) this.watchdogMs = options.watchdogMs;
  }

  notify(...assignments: readonly Assignment[]): Promise<boolean> {
    return this.#serial.run('', async () => {
      const fault = await this.#tell(assignments);
      this.#noteFault(fault);
      return fault === undefined;
    });
  }

  /** @returns what went wrong. */
  async #tell(assignments: readonly Assignment[]): Promise<string | undefined> {
    const { runner, path, socket } = this.#options;
    const env = { PATH: path, LANG: 'C', NOTIFY_SOCKET: socket };
    try {
      const argv = [PROGRAM, ...assignments] as const;
      const { exitCode, stderr } = await runner.run({ argv, cwd: '/', env, timeoutMs: TIMEOUT_MS, origin: 'Tool' });
      return exitCode === 0 ? undefined : `it ended with ${exitCode}: ${stderr.trim()}`;
    } catch (error) {
      if (error instanceof CcError && error.code === 'NotFound') return `there is none on ${path}`;
      return explainError(error);
    }
  }

  /** Each fault once: what does not work now may work with the next message. */
  #noteFault(fault: string | undefined): void {
    if (fault !== undefined && fault !== this.#fault) {
      const message =
        'systemd is not told how the controller does; a unit with Type=notify or WatchdogSec= is ended for that. ' +
        'Install systemd-notify and set NotifyAccess=all, or use Type=exec without WatchdogSec=';
      this.#options.log.warn(message, { program: PROGRAM, error: fault });
    }
    this.#fault = fault;
  }
}
