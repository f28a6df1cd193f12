import type { Clock } from '../clock.ts';
import { CcError, exhaustionOf, explainError, orNothingNow } from '../errors.ts';
import type { Cgroups } from './cgroups.ts';
import { type Child, type ChildOptions, killGroup, type OnOutput, type Spawn, startChild } from './child.ts';
import { listOwnProcesses, type ProcessMarks, type TokenProcess } from './own-processes.ts';
import { startTicks } from './process-identity.ts';
import { listPids } from './process-table.ts';

const POLL_MS = 25;
const REMOVE_TRIES = 12;
const KILL_DEADLINE_MS = 10_000;

/** All living processes whose `CCCI_TOKEN` begins with `prefix`, and their kin; see {@link listOwnProcesses}. */
export async function listTokenProcesses(prefix: string): Promise<TokenProcess[]> {
  return await listOwnProcesses({ prefix });
}

export interface EndProcessesOptions extends ProcessMarks {
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Processes that were found earlier: ended too, though what tied them to the marks may be gone by now. */
  known?: readonly TokenProcess[];
}

/**
 * Ends all processes with those marks: SIGTERM, after the grace SIGKILL, again and again until a listing finds none; then
 * removes their cgroups. Idempotent; none at all is success.
 * @throws CcError `DeadlineExceeded` when some outlive SIGKILL (uninterruptible), `Aborted` on the signal.
 */
export async function endProcesses(options: EndProcessesOptions): Promise<void> {
  const { clock, prefix, signal } = options;
  const pressure = new Pressure(options);
  let known = options.known ?? [];
  let quiet = 0;
  // One that forks and ends all the time can slip through a listing: where there was any, it takes two empty ones.
  while (quiet < (known.length === 0 ? 1 : 2)) {
    if (signal?.aborted) throw new CcError('Aborted', `ending of ${prefix} was interrupted`);
    const found = await withKnown(await listOwnProcesses(options), known);
    quiet = isAnyLeft(options, found) ? 0 : quiet + 1;
    if (quiet === 0) {
      known = found.length > 0 ? found : known;
      pressure.apply(found);
    }
    await clock.sleep(quiet === 0 ? POLL_MS : 0);
  }
  await removeCgroups(options);
}

/** Removes the cgroups of marks of which nobody lives; what cannot be removed now is left to the next sweep. */
export async function removeCgroups({
  cgroups,
  prefix,
  clock,
}: Pick<EndProcessesOptions, 'cgroups' | 'prefix' | 'clock'>): Promise<void> {
  for (let tries = 0; tries < REMOVE_TRIES && cgroups?.remove(prefix) === false; tries += 1)
    await clock.sleep(Math.min(POLL_MS, 2 ** tries));
}

/** Nobody forks out of a cgroup while it is read. */
function isAnyLeft({ cgroups, prefix }: ProcessMarks, found: readonly TokenProcess[]): boolean {
  return found.length > 0 || (cgroups?.members(prefix) ?? []).length > 0;
}

/** SIGTERM once to each, after the grace SIGKILL to all. */
class Pressure {
  readonly #options: EndProcessesOptions;
  readonly #startedMs: number;
  readonly #termed = new Set<string>();

  constructor(options: EndProcessesOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  /** @throws CcError `DeadlineExceeded` when SIGKILL had its time. */
  apply(found: readonly TokenProcess[]): void {
    const { clock, graceMs, prefix } = this.#options;
    const elapsed = clock.monotonicMs() - this.#startedMs;
    if (elapsed >= graceMs + KILL_DEADLINE_MS) throw unkillable(prefix, found);
    if (elapsed >= graceMs) killAll(this.#options, found);
    else for (const one of found) terminateOnce(one, this.#termed);
  }
}

/** Those found now, and those known from before that still live. */
async function withKnown(found: readonly TokenProcess[], known: readonly TokenProcess[]): Promise<TokenProcess[]> {
  const pids = new Set(found.map(({ pid }) => pid));
  const others = known.filter(({ pid }) => !pids.has(pid));
  const ticks = await Promise.all(others.map(({ pid }) => startTicks(pid)));
  return [...found, ...others.filter((one, index) => one.startTicks === ticks[index])];
}

function unkillable(prefix: string, found: readonly TokenProcess[]): CcError {
  const pids = found.map(({ pid }) => pid).join(', ');
  return new CcError('DeadlineExceeded', `processes ${pids} of ${prefix} do not end, not even by SIGKILL`);
}

/** Stops all of them first, so that none can fork away from the signal that is on its way. */
function killAll({ cgroups, prefix }: ProcessMarks, found: readonly TokenProcess[]): void {
  cgroups?.kill(prefix);
  for (const one of found) signalProcess(one, 'SIGSTOP');
  for (const one of found) signalProcess(one, 'SIGKILL');
}

/** SIGCONT, so that one that was stopped hears it. */
function terminateOnce(one: TokenProcess, termed: Set<string>): void {
  const key = `${one.pid} ${one.startTicks}`;
  if (termed.has(key)) return;
  termed.add(key);
  signalProcess(one, 'SIGTERM');
  signalProcess(one, 'SIGCONT');
}

/** One that is gone needs no signal; one that may not be signalled is found by the next listing. */
function signalProcess(one: TokenProcess, signal: NodeJS.Signals): void {
  if (one.pgid === one.pid && signal === 'SIGKILL') killGroup(one.pid, signal);
  orNothingNow(() => process.kill(one.pid, signal), 'ESRCH', 'EPERM');
}

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
