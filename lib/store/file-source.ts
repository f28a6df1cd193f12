import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { explainError } from '../errors.ts';
import type { Log } from '../log.ts';

export interface FileSourceOptions {
  directories: readonly string[];
  log: Log;
  /** Something changed below one of the directories. A hint only: rescans find what it misses. */
  onHint: () => void;
}

/** Watches directories. A directory that was replaced as a whole is watched anew at the next {@link refresh}. */
export class FileSource {
  readonly #options: FileSourceOptions;
  #watcher: FSWatcher | undefined;
  #identity = '';
  #warned = false;

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  /** Starts to watch, or watches anew where one of the directories is another one now. */
  async refresh(): Promise<void> {
    const identity = (await Promise.all(this.#options.directories.map(identityOf))).join(' ');
    if (identity === this.#identity && this.#watcher !== undefined) return;
    await this.close();
    this.#identity = identity;
    this.#watcher = watch([...this.#options.directories], {
      ignoreInitial: true,
      atomic: false,
      followSymlinks: true,
      ignorePermissionErrors: true,
      ignored: (path) => this.#isIgnored(path),
    });
    this.#watcher.on('all', () => this.#options.onHint());
    this.#watcher.on('error', (error) => this.#warn(error));
  }

  /** Ends watching. Idempotent. */
  async close(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    await watcher?.close();
  }

  /** Our own status files and temp files; the directories themselves are watched whatever their names. */
  #isIgnored(path: string): boolean {
    if (this.#options.directories.includes(path)) return false;
    const name = basename(path);
    return name.startsWith('.') || name.endsWith('.status.yaml') || name === 'rejected';
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.log.warn('watching the specs is impaired; changes are found by rescans', {
      error: explainError(error),
    });
  }
}

async function identityOf(directory: string): Promise<string> {
  try {
    const { dev, ino } = await stat(directory);
    return `${dev}:${ino}`;
  } catch {
    return 'absent';
  }
}
