import type { Clock, Timer } from '../clock.ts';
import { explainError } from '../errors.ts';
import type { Log } from '../log.ts';

/** A hint waits this long for more of them. */
const DEBOUNCE_MS = 50;
/** Without any hint the directories are listed this often. */
const RESCAN_MS = 2000;

/** Why a round takes place. */
export type RoundCause = 'Hint' | 'Rescan';

export interface RescanLoopOptions {
  clock: Clock;
  log: Log;
  /** One complete listing. Resolves to `Again` where another should follow at once. */
  round: (cause: RoundCause) => Promise<'Again' | 'Rest'>;
}

/** Calls the round 50 ms after a hint and at least every 2 s, one at a time. */
export class RescanLoop {
  readonly #options: RescanLoopOptions;
  #timer: Timer | undefined;
  #hinted = false;
  #state: 'Stopped' | 'Waiting' | 'Busy' = 'Stopped';
  #round: Promise<void> = Promise.resolve();

  constructor(options: RescanLoopOptions) {
    this.#options = options;
  }

  /** Something may have changed. Cheap; any number of times. */
  hint(): void {
    if (this.#hinted) return;
    this.#hinted = true;
    if (this.#state === 'Waiting') this.#schedule(DEBOUNCE_MS, 'Hint');
  }

  start(): void {
    if (this.#state !== 'Stopped') return;
    this.#state = 'Waiting';
    this.#schedule(this.#hinted ? DEBOUNCE_MS : RESCAN_MS, 'Rescan');
  }

  /** Resolves when no round runs any more. Idempotent. */
  async stop(): Promise<void> {
    this.#state = 'Stopped';
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#round;
  }

  #schedule(delayMs: number, cause: RoundCause): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#round = this.#run(cause);
    });
  }

  async #run(cause: RoundCause): Promise<void> {
    this.#state = 'Busy';
    this.#hinted = false;
    let next: 'Again' | 'Rest' = 'Rest';
    try {
      next = await this.#options.round(cause);
    } catch (error) {
      this.#options.log.error('listing the specs failed', { error: explainError(error) });
    }
    if (this.#isStopped()) return;
    this.#state = 'Waiting';
    const soon = next === 'Again' || this.#hinted;
    this.#schedule(soon ? DEBOUNCE_MS : RESCAN_MS, soon ? 'Hint' : 'Rescan');
  }

  #isStopped(): boolean {
    return this.#state === 'Stopped';
  }
}
