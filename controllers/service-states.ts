import type { Clock, Timer } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { type Assignment, type ServiceManager, statusAssignment } from '../lib/service-manager/service-manager.ts';
import { type StateFacts, stateLine } from '../lib/service-manager/state-line.ts';

/** What one part of the start may take before the service manager gives the process up, milliseconds. */
const START_PART_MS = 600_000;
/** The line of the state is looked at so often where there is no watchdog, and at most, milliseconds. */
const LOOK_MS = 60_000;
/** What was not taken is told again after so long, or an eighth of the time of the watchdog, milliseconds. */
const AGAIN_MS = 5_000;

export interface ServiceStatesOptions {
  /** Absent: nobody wants to know, and nothing is done. */
  manager: ServiceManager | undefined;
  clock: Clock;
  log: Log;
  /** CLOCK_MONOTONIC, microseconds. */
  monotonicUsec: () => bigint;
}

/**
 * Tells the service manager where the controller stands between its start and its end, and gives it signs of life while the
 * loop goes on: one whose queues or listings stand still is as dead as one that hangs.
 */
export class ServiceStates {
  readonly #options: ServiceStatesOptions;
  #look: (() => StateFacts) | undefined;
  #timer: Timer | undefined;
  /** What was taken last; undefined: nothing yet, or nobody knows. */
  #shown: string | undefined;
  #isReady = false;
  /** How often it was reloaded: a message of before says nothing of what is known since. */
  #reloads = 0;
  #stuck = '';
  #isStopping = false;

  constructor(options: ServiceStatesOptions) {
    this.#options = options;
  }

  /** The start comes to another part, which may take as long as it has to, within ten minutes. */
  starting(what: string): void {
    void this.#tell(statusAssignment(`Starting: ${what}`), `EXTEND_TIMEOUT_USEC=${START_PART_MS * 1000}`);
  }

  /** The specs are listed and the loop runs. @param look asked for each sign of life. */
  ready(look: () => StateFacts): void {
    if (this.#options.manager === undefined || this.#isStopping) return;
    this.#look = look;
    void this.#sign();
  }

  /** The configuration is read anew; {@link reloaded} follows. */
  async reloading(): Promise<void> {
    const now: Assignment = `MONOTONIC_USEC=${this.#options.monotonicUsec()}`;
    await this.#tell('RELOADING=1', now, statusAssignment('Reloading the configuration'));
  }

  async reloaded(): Promise<void> {
    this.#reloads += 1;
    this.#isReady = false;
    this.#shown = undefined;
    this.#timer?.cancel();
    await this.#sign();
  }

  /** Nothing is told after this. Idempotent. */
  async stopping(): Promise<void> {
    if (this.#isStopping) return;
    this.#timer?.cancel();
    const told = this.#tell('STOPPING=1', statusAssignment('Stopping; apps keep running'));
    this.#isStopping = true;
    await told;
  }

  /** At half the time of the watchdog; soon where the last one was not taken. */
  #schedule(last: 'Taken' | 'Lost'): void {
    const { manager, clock } = this.#options;
    const watchdogMs = manager?.watchdogMs ?? Number.POSITIVE_INFINITY;
    const pauseMs = last === 'Taken' ? Math.min(watchdogMs / 2, LOOK_MS) : Math.min(watchdogMs / 8, AGAIN_MS);
    this.#timer?.cancel();
    this.#timer = clock.after(pauseMs, () => void this.#sign());
  }

  async #sign(): Promise<void> {
    const facts = this.#look?.();
    if (facts === undefined || this.#isStopping) return;
    const line = stateLine(facts);
    this.#noteStuck(facts.faults);
    const reloads = this.#reloads;
    const isWatched = this.#options.manager?.watchdogMs !== undefined;
    const isTaken = await this.#tell(
      ...(this.#isReady ? [] : (['READY=1'] as const)),
      ...(isWatched && facts.faults.length === 0 ? (['WATCHDOG=1'] as const) : []),
      ...(line === this.#shown ? [] : [statusAssignment(line)]),
    );
    if (reloads !== this.#reloads) return;
    if (isTaken) {
      this.#shown = line;
      this.#isReady = true;
    }
    if (!this.#isStopping) this.#schedule(isTaken ? 'Taken' : 'Lost');
  }

  #noteStuck(faults: readonly string[]): void {
    const stuck = faults.join('; ');
    if (stuck !== '' && this.#stuck === '')
      this.#options.log.error('the loop does not go on: no sign of life is given to the service manager', { stuck });
    this.#stuck = stuck;
  }

  /** Nothing to tell is told already. */
  async #tell(...assignments: readonly Assignment[]): Promise<boolean> {
    const { manager } = this.#options;
    if (manager === undefined || assignments.length === 0 || this.#isStopping) return true;
    return await manager.notify(...assignments);
  }
}
