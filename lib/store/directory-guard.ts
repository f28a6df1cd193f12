import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Timer, toWholeSecond } from '../clock.ts';
import { CcError, explainError, orNothing, orNothingNow } from '../errors.ts';
import { createFileDurable, writeFileDurable } from '../fs/durable.ts';
import { TEMP_PREFIX } from '../fs/temp-name.ts';
import type { FileStoreOptions } from './file-store.ts';
import { acquireOwnerLock, type LockOwner, type OwnerLock } from './owner-lock.ts';
import { statusFileOf } from './state-paths.ts';

/** Between two looks, milliseconds. */
const LOOK_EVERY_MS = 1_000;

export interface DirectoryGuardOptions
  extends Pick<FileStoreOptions, 'stateDirectory' | 'specDirectory' | 'clock' | 'log'> {
  owner: LockOwner;
}

/** The lock of a directory, and the inodes it was taken on. */
interface HeldLock {
  lock: OwnerLock;
  directory: string;
  file: string;
}

/**
 * Holds the locks of both directories, and sees to it that they stay those that were locked. A state directory that was
 * renamed, unmounted or replaced is lost. A spec directory that is missing is waited for; another one in its place is
 * locked anew where it carries our marker.
 */
export class DirectoryGuard {
  readonly #options: DirectoryGuardOptions;
  readonly #state: string;
  readonly #locks: { state: OwnerLock; specs: HeldLock };
  #timer: Timer | undefined;

  /**
   * Takes both locks.
   * @throws CcError `Conflict` when another process holds one; `InvalidInput` where a directory cannot be used.
   */
  constructor(options: DirectoryGuardOptions) {
    this.#options = options;
    const state = acquireOwnerLock(join(options.stateDirectory, 'lock'), options.owner);
    try {
      this.#locks = { state, specs: this.#lockSpecs() };
    } catch (error) {
      state.release();
      throw error;
    }
    this.#state = identityOf(options.stateDirectory) ?? '';
  }

  /** Looks from time to time. `onLost` is called once, with what is wrong: nothing more may be written then. */
  start(instanceId: string, onLost: (error: CcError) => void): void {
    const { clock } = this.#options;
    this.#timer = clock.after(toWholeSecond(clock.monotonicMs(), LOOK_EVERY_MS), () => {
      void this.check(instanceId).then(
        () => this.#timer && this.start(instanceId, onLost),
        (error: unknown) => (error instanceof CcError ? onLost(error) : this.#unclear(error, instanceId, onLost)),
      );
    });
  }

  /** @throws CcError where a directory is not the one that was locked, and another cannot take its place. */
  async check(instanceId: string): Promise<void> {
    const { stateDirectory } = this.#options;
    if (identityOf(stateDirectory) !== this.#state)
      throw new CcError('DataMissing', `the state directory ${stateDirectory} was moved, unmounted or replaced`, {
        remedy: 'Put it back at its place, then start the controller again. Nothing was made anew there.',
      });
    await this.#checkSpecs(instanceId);
  }

  /** Whether the directory at the place of the state directory is, this moment, the one that was locked. */
  holdsState(): boolean {
    return identityOf(this.#options.stateDirectory) === this.#state;
  }

  /** Whether the directory at the place of the spec directory is, this moment, the one that was locked. */
  holdsSpecs(): boolean {
    return identityOf(this.#options.specDirectory) === this.#locks.specs.directory;
  }

  /** Gives both locks back. Idempotent. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#locks.specs.lock.release();
    this.#locks.state.release();
  }

  /** A file system that cannot be asked says nothing about what is there. */
  #unclear(error: unknown, instanceId: string, onLost: (error: CcError) => void): void {
    this.#options.log.warn('the directories cannot be looked at', { error: explainError(error) });
    if (this.#timer) this.start(instanceId, onLost);
  }

  async #checkSpecs(instanceId: string): Promise<void> {
    const { specDirectory, log } = this.#options;
    const before = this.#locks.specs;
    const directory = identityOf(specDirectory);
    if (directory === undefined) return;
    if (directory === before.directory && identityOf(lockFile(specDirectory)) === before.file) return;
    const marker = await readMarker(specDirectory, instanceId);
    if (marker.marker === 'Missing') return;
    if (marker.marker === 'Foreign') throw foreignMarker(specDirectory, instanceId, marker.instanceId);
    const now = this.#lockSpecsIfThere();
    if (now === undefined) return;
    this.#locks.specs = now;
    before.lock.release();
    log.warn('the spec directory is another one than before, and ours: locked anew', { specDirectory });
  }

  /** Undefined where the directory went this very moment. */
  #lockSpecsIfThere(): HeldLock | undefined {
    try {
      return this.#lockSpecs();
    } catch (error) {
      if (identityOf(this.#options.specDirectory) === undefined) return undefined;
      throw error;
    }
  }

  #lockSpecs(): HeldLock {
    const { specDirectory, owner } = this.#options;
    const lock = acquireOwnerLock(lockFile(specDirectory), owner);
    return { lock, directory: identityOf(specDirectory) ?? '', file: identityOf(lockFile(specDirectory)) ?? '' };
  }
}

function lockFile(specDirectory: string): string {
  return join(specDirectory, '.cc-ci-lock');
}

/** Device and inode; undefined where nothing is there. @throws other system errors as they are. */
function identityOf(path: string): string | undefined {
  const stats = orNothingNow(() => statSync(path), 'ENOENT', 'ENOTDIR');
  return stats && `${stats.dev}:${stats.ino}`;
}

/** The file in the spec directory that names the instance it belongs to. */
export const MARKER_FILE = '.cc-ci-instance';

export type Marker = { marker: 'Own' } | { marker: 'Missing' } | { marker: 'Foreign'; instanceId: string };

/** Whose spec directory is this? A directory that is not there has no marker. */
export async function readMarker(specDirectory: string, instanceId: string): Promise<Marker> {
  const text = await orNothing(readFile(join(specDirectory, MARKER_FILE), 'utf8'), 'ENOENT', 'ENOTDIR');
  if (text === undefined) return { marker: 'Missing' };
  return text.trim() === instanceId ? { marker: 'Own' } : { marker: 'Foreign', instanceId: text.trim() };
}

/**
 * Makes the directory this instance's. Idempotent. Never creates the directory: an empty one that bears our marker
 * would say that everything was deleted. @throws system errors as they are (`ENOENT`).
 */
export async function writeMarker(specDirectory: string, instanceId: string): Promise<void> {
  await writeFileDurable(join(specDirectory, MARKER_FILE), `${instanceId}\n`, { directory: 'MustExist' });
}

/** The error for a directory of another instance. */
export function foreignMarker(specDirectory: string, own: string, foreign: string): CcError {
  return new CcError('Conflict', `${specDirectory} belongs to the instance ${foreign}, this one is ${own}`, {
    remedy: 'Give this controller another spec directory, or take it over with cc-controller --adopt-spec-directory.',
  });
}

const FILE = '.gitignore';

/** What this controller writes beside people's specs. */
const PATTERNS = [statusFileOf('*'), MARKER_FILE, '.cc-ci-lock*', '.*.cc-ci-aside-*', `${TEMP_PREFIX}*`];

/**
 * Creates the spec directory's ignore file, which keeps what we write out of git. Never touches one that is there. To be
 * called when the directory is marked as ours and not again: who removes the file, or a line of it, meant to.
 */
export async function createSpecIgnore(specDirectory: string): Promise<void> {
  const text = `# What cc-ci writes beside your specs. This file is yours: it was written once and is not written again.\n`;
  const patterns = `${PATTERNS.join('\n')}\n`;
  const created = createFileDurable(join(specDirectory, FILE), `${text}${patterns}`, { directory: 'MustExist' });
  await orNothing(created, 'Conflict');
}
