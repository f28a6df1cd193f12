import type { Clock } from '../clock.ts';
import { CcError, exhaustionOf, explainError } from '../errors.ts';
import type { Cgroups } from './cgroups.ts';
import { type Child, type ChildOptions, type OnOutput, type Spawn, startChild } from './child.ts';
import { listPids } from './process-table.ts';
import { endProcesses } from './processes.ts';

export interface EnclosureOptions {
  /** Whole token of the command, which its environment carries; absent: only its process group is ended. */
  token: string | undefined;
  cgroups: Cgroups | undefined;
  /** Where nobody but this command lives. */
  directories?: readonly string[] | undefined;
  clock: Clock;
  /** Default: that of node:child_process, for the small processes that supervise apps. */
  spawn?: Spawn | undefined;
}

/** One command and all that comes of it, in a cgroup of its own where this machine has them. */
export class Enclosure {
  readonly #options: EnclosureOptions;
  #before: ReadonlySet<number> | undefined;

  constructor(options: EnclosureOptions) {
    this.#options = options;
  }

  /** Starts the command, once. @throws CcError `Unreachable` where it cannot be put into its cgroup; nothing runs then. */
  start(child: ChildOptions, onOutput?: OnOutput): Child {
    const { token, cgroups, spawn } = this.#options;
    if (token === undefined || cgroups === undefined) return startChild(child, onOutput, spawn);
    try {
      // Who was there before cannot come of it. Without cgroups that is not relied on: a pid may have been used anew.
      this.#before = new Set(listPids());
      return cgroups.startInside(token, () => startChild(child, onOutput, spawn));
    } catch (error) {
      const { message } = exhaustionOf(error) ?? { message: explainError(error) };
      throw new CcError('Unreachable', `cannot run ${child.argv[0]} in a cgroup: ${message}`, { cause: error });
    }
  }

  /**
   * Ends all that is left of it by SIGKILL, until a listing finds nothing. Idempotent.
   * @throws CcError `DeadlineExceeded` when some outlive SIGKILL, `Unreachable` where nothing can be listed.
   */
  async endAll(): Promise<void> {
    const { token: prefix, cgroups, directories = [], clock } = this.#options;
    if (prefix === undefined) return;
    const home = directories.length === 0 ? undefined : { directories, clock };
    try {
      await endProcesses({ prefix, cgroups, home, before: this.#before, graceMs: 0, clock });
    } catch (error) {
      throw exhaustionOf(error) ?? error;
    }
  }
}
