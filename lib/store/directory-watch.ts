import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';

export interface DirectoryWatchOptions {
  /** Something changed in that directory: the entry of that name, or nobody knows what. */
  onChange: (directory: string, name: string | undefined) => void;
  onError: (error: unknown) => void;
}

interface Watched {
  identity: string;
  watcher: FSWatcher;
}

/** One watch of the kernel for each directory, whatever the number of files in it. Nothing is listed or looked at for it. */
export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
  }

  /**
   * Watches exactly these directories, each as path and device with inode: another one at the same path is watched anew.
   * @returns whether one was added, in which something may have changed before it was watched.
   */
  set(directories: ReadonlyMap<string, string>): boolean {
    for (const [path, { identity }] of this.#watched) if (directories.get(path) !== identity) this.#drop(path);
    const added = [...directories].filter(([path]) => !this.#watched.has(path));
    return added.map(([path, identity]) => this.#add(path, identity)).includes(true);
  }

  /** Idempotent. */
  close(): void {
    for (const path of [...this.#watched.keys()]) this.#drop(path);
  }

  #add(path: string, identity: string): boolean {
    const { onChange } = this.#options;
    try {
      const watcher = watch(path);
      // The kernel names a directory that itself went, or got another mode, by its own name.
      watcher.on('change', (_, name) => onChange(path, isEntry(path, name) ? name : undefined));
      watcher.on('error', (error) => this.#fail(path, error));
      this.#watched.set(path, { identity, watcher });
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  #fail(path: string, error: unknown): void {
    this.#drop(path);
    this.#options.onError(error);
  }

  #drop(path: string): void {
    this.#watched.get(path)?.watcher.close();
    this.#watched.delete(path);
  }
}

function isEntry(directory: string, name: string | Buffer | null): name is string {
  return typeof name === 'string' && name !== basename(directory);
}
