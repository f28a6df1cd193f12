import type { Clock } from '../clock.ts';

/** A pause that can be ended early. */
export class Nap {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #woken = false;
  #end: (() => void) | undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#end?.(), { once: true });
  }

  /** Ends the nap, or the next one where there is none. Idempotent. */
  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  /** Resolves after `ms`, at the end of the signal, or when it is woken; what woke it before counts. */
  async take(ms: number): Promise<void> {
    if (!this.#woken) await this.#rest(ms);
    this.#woken = false;
  }

  /** {@link take} that nothing but the signal ends early; what wakes it counts for the next nap. */
  async takeWhole(ms: number): Promise<void> {
    const end = this.#clock.monotonicMs() + ms;
    for (let left = ms; left > 0 && !this.#signal.aborted; left = end - this.#clock.monotonicMs()) {
      await this.#rest(left);
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(ms, resolve);
    this.#end = resolve;
    await promise;
    this.#end = undefined;
    timer.cancel();
  }
}
