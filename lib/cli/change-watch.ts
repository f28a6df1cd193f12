import { type FSWatcher, watch } from 'node:fs';

/**
 * Notices that something changed in some directories, by the events of the file system. Some have none (network mounts),
 * and a machine may have too few watches: who waits looks now and then all the same. Call {@link ChangeWatch.close}.
 */
export class ChangeWatch {
  readonly #watchers = new Map<string, FSWatcher | undefined>();
  #isChanged = false;
  #wake: () => void = () => {};

  /** @param directories absolute; one that is not there yet is watched once it is, see {@link ChangeWatch.open}. */
  constructor(directories: readonly string[]) {
    for (const directory of directories) this.#watchers.set(directory, undefined);
  }

  /** Watches what can be watched by now, and forgets what changed before: to be called right before a look. Idempotent. */
  open(): void {
    this.#isChanged = false;
    for (const [directory, watcher] of this.#watchers)
      if (!watcher) this.#watchers.set(directory, this.#open(directory));
  }

  /** True while events are told of every directory. */
  isComplete(): boolean {
    return ![...this.#watchers.values()].includes(undefined);
  }

  /** Resolves at the first change since {@link ChangeWatch.open}. Never rejects, and may never resolve. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isChanged) resolve();
    });
  }

  /** Watches nothing any more. Idempotent. */
  close(): void {
    for (const directory of [...this.#watchers.keys()]) this.#forget(directory);
  }

  #open(directory: string): FSWatcher | undefined {
    try {
      const watcher = watch(directory, { persistent: false }, (_, name) => this.#note(directory, name));
      watcher.on('error', () => this.#forget(directory));
      return watcher;
    } catch {
      return undefined;
    }
  }

  /** The end of a directory is told by its own name; another one may take its place. */
  #note(directory: string, name: string | null): void {
    if (name === null || directory.endsWith(`/${name}`)) this.#forget(directory);
    this.#isChanged = true;
    this.#wake();
  }

  #forget(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.set(directory, undefined);
  }
}
