import type { Coreutils } from '../fs/coreutils.ts';
import { readLease } from './lease.ts';

/** Work between two looks at the lease: a few hundredths of a second on most disks, bytes. */
const LOOK_EVERY_BYTES = 8 * 1024 * 1024;

/**
 * Ends work in the background once somebody holds the lease of the canonical, as who waits for data has the disk for
 * himself, or once its worker is wanted otherwise. The work tells how far it gets, so that no timer is needed.
 */
export class LeaseWatch {
  /** Tripped where the signal given is, and once the work has to give way. */
  readonly signal: AbortSignal;
  readonly #directory: string;
  readonly #isWanted: () => boolean;
  readonly #wanted = new AbortController();
  #bytes = 0;
  #looking: Promise<void> | undefined;

  /** @param directory `canonicals/<name>`. @param isWanted whether something else waits for the worker. */
  constructor(directory: string, signal: AbortSignal, isWanted: () => boolean) {
    this.#directory = directory;
    this.#isWanted = isWanted;
    this.signal = AbortSignal.any([signal, this.#wanted.signal]);
  }

  /** Somebody holds the lease, or nobody can tell, or the worker is wanted. */
  get gaveWay(): boolean {
    return this.#wanted.signal.aborted;
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
    if (held !== undefined || this.#isWanted()) this.#wanted.abort(new Error('somebody else waits'));
  }
}
