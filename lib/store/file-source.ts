import { dirname, join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { explainError } from '../errors.ts';
import type { Log } from '../log.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { isPassedOver, isSpecFileName } from './spec-listing.ts';
import { statsAt } from './stats-at.ts';

export interface FileSourceOptions {
  /** The directory of people's specs, which may vanish, appear, or be a link that is swapped. Absolute. */
  specDirectory: string;
  /** Directories in which files are dropped, watched beside those that were listed. Absolute. */
  dropBoxes: readonly string[];
  log: Log;
  /** The file at `path` changed, or nobody knows what. A hint only: rescans find what it misses. */
  onHint: (path?: string) => void;
}

/** What the last listing went through, see {@link import('./spec-listing.ts').SpecListing}. */
export interface WatchedPlaces {
  places: ReadonlyMap<string, string>;
  targets: ReadonlyMap<string, string>;
}

/**
 * Tells of changes of spec files. Each directory has one watch of the kernel, the one above the spec directory for its name
 * alone. While the spec directory is not there, chokidar waits for it. Nothing is listed when a file is written.
 */
export class FileSource {
  readonly #options: FileSourceOptions;
  readonly #directories: DirectoryWatch;
  #watched: WatchedPlaces = { places: new Map(), targets: new Map() };
  #awaited: FSWatcher | undefined;
  #warned = false;

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#directories = new DirectoryWatch({
      onChange: (directory, name) => this.#onChange(directory, name),
      onError: (error) => this.#warn(error),
    });
  }

  /** Starts to watch, and later watches what the last listing went through: each directory that is new, or another one now. */
  async refresh(watched: WatchedPlaces): Promise<void> {
    this.#watched = watched;
    const { specDirectory, dropBoxes, onHint } = this.#options;
    if (watched.places.has(specDirectory)) await this.#stopWaiting();
    else this.#awaited ??= this.#waitForDirectory();
    const others = identitiesOf([...dropBoxes, dirname(specDirectory)]);
    if (this.#directories.set(new Map([...others, ...watched.targets, ...watched.places]))) onHint();
  }

  /** Ends watching. Idempotent. */
  async close(): Promise<void> {
    this.#directories.close();
    await this.#stopWaiting();
  }

  async #stopWaiting(): Promise<void> {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    await awaited?.close();
  }

  #onChange(directory: string, name: string | undefined): void {
    const { onHint, dropBoxes, specDirectory } = this.#options;
    const { places, targets } = this.#watched;
    if (targets.has(directory) || isSpecDirectory(directory, name, specDirectory)) onHint();
    else if (dropBoxes.includes(directory) && !name?.startsWith('.')) onHint(name && join(directory, name));
    else if (places.has(directory) && name === undefined) onHint();
    else if (places.has(directory) && name !== undefined && !isPassedOver(name))
      onHint(isSpecFileName(name) ? join(directory, name) : undefined);
  }

  #waitForDirectory(): FSWatcher {
    const { specDirectory, onHint } = this.#options;
    const above = dirname(specDirectory);
    const ignored = (path: string): boolean => path !== above && path !== specDirectory;
    const awaited = watch(above, { ignoreInitial: true, depth: 0, followSymlinks: false, ignored });
    awaited.on('all', () => onHint());
    awaited.on('error', (error) => this.#warn(error));
    return awaited;
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.log.warn('watching the specs is impaired; changes are found by rescans', {
      error: explainError(error),
    });
  }
}

function isSpecDirectory(directory: string, name: string | undefined, specDirectory: string): boolean {
  return name !== undefined && join(directory, name) === specDirectory;
}

/** Device and inode of each that is there. */
function identitiesOf(directories: readonly string[]): [string, string][] {
  return directories.flatMap((path): [string, string][] => {
    const stats = statsAt(path);
    return stats === undefined ? [] : [[path, `${stats.dev}:${stats.ino}`]];
  });
}
