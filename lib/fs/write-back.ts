import type { Coreutils } from './coreutils.ts';
import { syncTree } from './durable.ts';

/** So much is written between two calls, bytes. */
const EVERY = 64 * 1024 * 1024;

/**
 * Sends what was written to the disk while more is written, so that the sync at the end finds little left to do. One call
 * at a time; what is written during one waits for the next.
 */
export class WriteBack {
  readonly #path: string;
  readonly #tools: Coreutils;
  #waiting = 0;
  #underWay: Promise<void> | undefined;
  #fault: { error: unknown } | undefined;

  /** @param path on the file system that is written to; must be there whenever {@link wrote} is called. */
  constructor(path: string, tools: Coreutils) {
    this.#path = path;
    this.#tools = tools;
  }

  wrote(bytes: number): void {
    this.#waiting += bytes;
    if (this.#waiting < EVERY || this.#underWay !== undefined || this.#fault !== undefined) return;
    this.#waiting = 0;
    this.#underWay = syncTree(this.#path, this.#tools)
      .catch((error: unknown) => {
        this.#fault = { error };
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }

  /**
   * Returns once no call is under way; call it however the writing ended.
   * @throws CcError as `syncTree`: the system tells a failed write to one sync only, so it may not be passed over.
   */
  async end(): Promise<void> {
    await this.#underWay;
    if (this.#fault !== undefined) throw this.#fault.error;
  }
}
