import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { explainError } from '../errors.ts';
import type { Log } from '../log.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { isPassedOver, isSpecFileName } from './spec-listing.ts';

export interface FileSourceOptions {
  /** The directory of people's specs, which may vanish, appear, or be a link that is swapped. Absolute. */
  specDirectory: string;
  /** Directories in which files are dropped, watched beside those that were listed. Absolute. */
  dropBoxes: readonly string[];
  /** Where we write ourselves: what lies directly in it is watched by nobody. Absolute. */
  stateDirectory: string;
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
 * Tells of changes of spec files. Each directory has one watch of the kernel; the name of the spec directory itself, in the
 * directory above it, is chokidar's, which sees what comes and goes there. Nothing is listed when a status is written.
 */
export class FileSource {
  readonly #options: FileSourceOptions;
  readonly #directories: DirectoryWatch;
  #watched: WatchedPlaces = { places: new Map(), targets: new Map() };
  #names: FSWatcher | undefined;
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
    this.#names ??= this.#watchName();
    this.#watched = watched;
    const boxes = await Promise.all(
      this.#options.dropBoxes.map(async (path) => [path, await identityOf(path)] as const),
    );
    const there = boxes.filter((box): box is [string, string] => box[1] !== undefined);
    if (this.#directories.set(new Map([...watched.targets, ...watched.places, ...there]))) this.#options.onHint();
  }

  /** Ends watching. Idempotent. */
  async close(): Promise<void> {
    this.#directories.close();
    const names = this.#names;
    this.#names = undefined;
    await names?.close();
  }

  #onChange(directory: string, name: string | undefined): void {
    const { onHint, dropBoxes } = this.#options;
    const isBox = dropBoxes.includes(directory);
    if (name === undefined || (!isBox && this.#watched.targets.has(directory))) onHint();
    else if (isBox && !name.startsWith('.')) onHint(join(directory, name));
    else if (!isBox && !isPassedOver(name)) onHint(isSpecFileName(name) ? join(directory, name) : undefined);
  }

  /** Undefined where we write into the directory above ourselves: then it would be listed for each of our writes. */
  #watchName(): FSWatcher | undefined {
    const { specDirectory, stateDirectory, onHint } = this.#options;
    const above = dirname(specDirectory);
    if (above === stateDirectory) return undefined;
    const ignored = (path: string): boolean => path !== above && path !== specDirectory;
    const names = watch(above, { ignoreInitial: true, depth: 0, followSymlinks: false, ignored });
    names.on('all', () => onHint());
    names.on('error', (error) => this.#warn(error));
    return names;
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.log.warn('watching the specs is impaired; changes are found by rescans', {
      error: explainError(error),
    });
  }
}

async function identityOf(directory: string): Promise<string | undefined> {
  const stats = await stat(directory).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}
