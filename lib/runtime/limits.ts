import PQueue from 'p-queue';

/** Long work that is bounded over all kinds, outside the kinds' pools. */
export type LimitName = 'Teardown' | 'Copy' | 'Prepare' | 'Look';

/** How many of each may be under way at once. */
const DEFAULT_LIMITS: Readonly<Record<LimitName, number>> = { Teardown: 2, Copy: 2, Prepare: 1, Look: 1 };

/** Named bounded queues, first come first served. */
export class Limits {
  readonly #queues: Readonly<Record<LimitName, PQueue>>;

  constructor(given: Partial<Record<LimitName, number>> = {}) {
    const widths = { ...DEFAULT_LIMITS, ...given };
    this.#queues = {
      Teardown: new PQueue({ concurrency: widths.Teardown }),
      Copy: new PQueue({ concurrency: widths.Copy }),
      Prepare: new PQueue({ concurrency: widths.Prepare }),
      Look: new PQueue({ concurrency: widths.Look }),
    };
  }

  /** Whether work of that name would have to wait: for who comes back later instead, and does something else meanwhile. */
  isFull(name: LimitName): boolean {
    const queue = this.#queues[name];
    return queue.pending + queue.size >= queue.concurrency;
  }

  /**
   * Runs `work` as soon as a place is free and gives back its result or error. Where the signal is aborted while the
   * work still waits, it is never started and the promise rejects with the signal's reason; work that has started
   * keeps its place until it ends, whatever the signal says.
   */
  run<T>(name: LimitName, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason);
      const start = async (): Promise<void> => {
        signal?.removeEventListener('abort', onAbort);
        if (signal?.aborted) return reject(signal.reason);
        await work().then(resolve, reject);
      };
      signal?.addEventListener('abort', onAbort);
      this.#queues[name].add(start).catch(reject);
    });
  }
}
