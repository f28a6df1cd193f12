import { syncDirectory } from '../fs/durable.ts';

/** fsync of directories in which much is created at once: who asks while one waits to begin shares it. */
export class DirectorySync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  /** Resolves after an fsync that began after this call. */
  run(directory: string): Promise<void> {
    const waiting = this.#next.get(directory);
    if (waiting !== undefined) return waiting;
    const before = this.#running.get(directory)?.catch(() => {}) ?? Promise.resolve();
    const next = before.then(() => {
      this.#next.delete(directory);
      const running = syncDirectory(directory);
      this.#running.set(directory, running);
      return running;
    });
    this.#next.set(directory, next);
    return next;
  }
}
