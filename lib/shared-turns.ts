/** What runs for a key, and the one turn after it, which all share who ask meanwhile. */
interface Turns {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

/**
 * Work that is the same for whoever asks, one turn at a time for each key. A turn that has begun may have missed what the
 * asker just did, so it waits for the next one; any number of askers share that.
 */
export class SharedTurns {
  readonly #turns = new Map<string, Turns>();

  /** Resolves after a turn that began after this call; rejects as that turn did. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    const turns = this.#turns.get(key);
    if (turns === undefined) return this.#begin(key, work);
    turns.next ??= turns.running.then(ignore, ignore).then(() => this.#begin(key, work));
    return turns.next;
  }

  #begin(key: string, work: () => Promise<void>): Promise<void> {
    const running = work();
    const turns: Turns = { running, next: undefined };
    this.#turns.set(key, turns);
    const forget = (): void => {
      if (turns.next === undefined) this.#turns.delete(key);
    };
    running.then(forget, forget);
    return running;
  }
}

function ignore(): void {}
