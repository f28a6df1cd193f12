import { type Clock, type Timer, toWholeSecond } from '../clock.ts';
import { explainError } from '../errors.ts';
import type { Log } from '../log.ts';

/** A hint waits this long for more of them. */
const DEBOUNCE_MS = 50;
/** Without any hint the directories are listed this often. */
const RESCAN_MS = 2000;
/** And so many times as long after a listing as that took: while many specs come in, they go first. */
const PACE_FACTOR = 50;
const MOST_RESCAN_MS = 10_000;
/** More files than this are found faster by a listing. */
const MOST_NAMED = 64;

/** Why a round takes place. `Named`: some files changed, as far as is known, and only they are looked at. */
export type RoundCause = 'Named' | 'Hint' | 'Rescan';

/** The files that changed, as far as is known; `Any`: nobody knows which. */
export type ChangedFiles = readonly string[] | 'Any';

export interface RescanLoopOptions {
  clock: Clock;
  log: Log;
  /**
   * One listing, or for `Named` a look at those files. Resolves to `Again` where a listing should follow at once, for
   * `Named` to `Later` where the same files should be looked at once more.
   */
  round: (cause: RoundCause, changed: ChangedFiles) => Promise<'Again' | 'Later' | 'Rest'>;
}

/** Calls the round 50 ms after a hint, and lists every 2 s, 10 s at most where a listing takes long; one round at a time. */
export class RescanLoop {
  readonly #options: RescanLoopOptions;
  readonly #named = new Set<string>();
  #timer: Timer | undefined;
  #hinted = false;
  #state: 'Stopped' | 'Waiting' | 'Busy' = 'Stopped';
  #round: Promise<void> = Promise.resolve();
  /** When the next listing is due without any hint, monotonic milliseconds. */
  #due = 0;

  constructor(options: RescanLoopOptions) {
    this.#options = options;
  }

  /** Something may have changed: the file at `path`, or nobody knows what. Cheap; any number of times. */
  hint(path?: string): void {
    const waits = this.#hinted || this.#named.size > 0;
    if (path === undefined || this.#named.size >= MOST_NAMED) this.#hinted = true;
    else this.#named.add(path);
    if (!waits && this.#state === 'Waiting') this.#schedule(DEBOUNCE_MS, 'Hint');
  }

  start(): void {
    if (this.#state !== 'Stopped') return;
    this.#state = 'Waiting';
    this.#due = this.#options.clock.monotonicMs() + RESCAN_MS;
    this.#schedule(this.#isHinted() ? DEBOUNCE_MS : RESCAN_MS, 'Rescan');
  }

  /** Resolves when no round runs any more. Idempotent. */
  async stop(): Promise<void> {
    this.#state = 'Stopped';
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#round;
  }

  #isHinted(): boolean {
    return this.#hinted || this.#named.size > 0;
  }

  #schedule(delayMs: number, cause: RoundCause): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#round = this.#run(cause);
    });
  }

  async #run(cause: RoundCause): Promise<void> {
    this.#state = 'Busy';
    const changed: ChangedFiles = this.#hinted ? 'Any' : [...this.#named];
    const overdue = this.#options.clock.monotonicMs() >= this.#due;
    this.#hinted = false;
    this.#named.clear();
    const isDue = cause === 'Rescan' || overdue;
    // Who edited a file waits for a look at that file, not for one at all of them.
    if (changed !== 'Any' && changed.length > 0) await this.#call('Named', changed);
    if (this.#isStopped()) return;
    if (isDue) await this.#call('Rescan', changed === 'Any' ? 'Any' : []);
    else if (changed === 'Any') await this.#call('Hint', changed);
    if (this.#isStopped()) return;
    this.#state = 'Waiting';
    if (this.#isHinted()) this.#schedule(DEBOUNCE_MS, 'Hint');
    else this.#schedule(Math.max(0, this.#due - this.#options.clock.monotonicMs()), 'Rescan');
  }

  async #call(cause: RoundCause, changed: ChangedFiles): Promise<void> {
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    try {
      const next = await this.#options.round(cause, changed);
      if (next === 'Again') this.#hinted = true;
      if (next === 'Later' && changed !== 'Any') for (const path of changed) this.#named.add(path);
    } catch (error) {
      this.#options.log.error('listing the specs failed', { error: explainError(error) });
    }
    if (cause === 'Named') return;
    const nowMs = clock.monotonicMs();
    const pauseMs = Math.min(MOST_RESCAN_MS, Math.max(RESCAN_MS, PACE_FACTOR * (nowMs - startedMs)));
    this.#due = nowMs + toWholeSecond(nowMs, pauseMs);
  }

  #isStopped(): boolean {
    return this.#state === 'Stopped';
  }
}
