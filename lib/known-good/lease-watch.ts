import type { Coreutils } from '../fs/coreutils.ts';
import { readLease } from './lease.ts';

/** Work between two looks at the lease: a few hundredths of a second on most disks, bytes. */
const LOOK_EVERY_BYTES = 8 * 1024 * 1024;

/**
 * Ends work in the background once somebody holds the lease of the canonical: who waits for data has the disk for
 * himself. The work tells how far it gets, so that no timer is needed.
 */
export class LeaseWatch {
  /** Tripped where the signal given is, and once the lease is held. */
  readonly signal: AbortSignal;
  readonly #directory: string;
  readonly #leased = new AbortController();
  #bytes = 0;
  #looking: Promise<void> | undefined;

  /** @param directory `canonicals/<name>`. */
  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.signal = AbortSignal.any([signal, this.#leased.signal]);
  }

  /** Somebody holds the lease, or nobody can tell. */
  get isLeased(): boolean {
    return this.#leased.signal.aborted;
  }

  /** Looks at the lease now and then. */
  readonly worked = (bytes: number): void => {
    this.#bytes += bytes;
    if (this.#bytes < LOOK_EVERY_BYTES || this.#looking !== undefined) return;
    this.#bytes = 0;
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
    });
  };

  /** Tools whose output counts as work, and which the signal ends. */
  over(tools: Coreutils): Coreutils {
    const { worked, signal } = this;
    const run: Coreutils['runner']['run'] = (options) =>
      tools.runner.run({
        ...options,
        onOutput(chunk, stream) {
          worked(chunk.length);
          options.onOutput?.(chunk, stream);
        },
      });
    return { ...tools, runner: { run }, signal };
  }

  /** Resolves once no look is under way any more. */
  async end(): Promise<void> {
    await this.#looking;
  }

  async #look(): Promise<void> {
    const held = await readLease(this.#directory).catch((error: unknown) => error);
    if (held !== undefined) this.#leased.abort(new Error('somebody holds the lease'));
  }
}
