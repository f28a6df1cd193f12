import { dirname } from 'node:path';
import { isRecord } from '../api/objects.ts';
import { CcError, orElse, orNothing, systemCode } from '../errors.ts';
import { Serial } from '../serial.ts';
import { closing } from './closing.ts';
import { createFileDurable, syncDirectory, type WriteOptions, writeFileDurable } from './durable.ts';
import { PathMap } from './path-map.ts';
import { copyOf, recordNames } from './record-names.ts';
import { removeTree } from './remove-tree.ts';
import { openIn, smallFiles } from './small-files.ts';

/** A record carries how often it was written: of two versions the higher one is in force. */
interface Written {
  recordRevision?: number;
}

interface Read {
  found: 'Record';
  value: object;
  revision: number;
  text: string;
}

type Found = Read | { found: 'Nothing' | 'Garbage' };

type RecordWrite = Pick<WriteOptions, 'mode'>;

/**
 * Records that decide something, as JSON files below `root`, each kept twice: at its place, durably, and as
 * `copies/<place>`. What is lost, empty, garbled or put back from an older time at one of the two places is repaired
 * from the other. Paths are absolute and below `root`.
 */
export class RecordFiles {
  readonly root: string;
  /** Path → revision that this process has seen at its place. */
  readonly #seen = new PathMap<number>();
  readonly #serial = new Serial();
  /** What was removed and not written since, records and directories of them: nobody who looks repairs any of it. */
  readonly #gone = new Set<string>();
  /** Device and inode of the root, from the first write on. */
  #rootIdentity: string | undefined;

  /** @param root absolute path of the state directory. */
  constructor(root: string) {
    this.root = root;
  }

  /**
   * The record, repaired where one of the two places has it; undefined where neither has anything.
   * @throws CcError `Damaged` where something is there, and nothing of it can be read.
   */
  async read<T extends object>(path: string): Promise<T | undefined> {
    const found = await look(path);
    const seen = this.#seen.get(path);
    if (found.found === 'Record' && seen !== undefined && found.revision >= seen) return found.value as T;
    return this.#serial.run(path, () => this.#repair<T>(path));
  }

  /** What {@link read} would give, repairing nothing: for who only looks. @throws CcError `Damaged`. */
  async peek<T extends object>(path: string): Promise<T | undefined> {
    const { newest } = await this.#compare(path);
    return newest?.value as T | undefined;
  }

  /** Writes the record durably, then its copy. One writer per path at a time. @throws CcError as `writeFileDurable`. */
  async write(path: string, value: object, options: RecordWrite = {}): Promise<void> {
    await this.assertRoot();
    this.#isThere(path);
    const revision = await this.#next(path);
    const text = textOf(value, revision);
    await writeFileDurable(path, text, options);
    this.#seen.set(path, revision);
    await this.#copy(path, text, options);
  }

  /** As {@link write}, exclusively. @throws CcError `Conflict` where the record exists, at its place or as a copy. */
  async create(path: string, value: object, options: RecordWrite = {}): Promise<void> {
    await this.assertRoot();
    this.#isThere(path);
    if ((await look(this.#copyOf(path))).found !== 'Nothing' && (await this.read(path)) !== undefined)
      throw new CcError('Conflict', `${path} exists already`);
    const text = textOf(value, 1);
    await createFileDurable(path, text, options);
    this.#seen.set(path, 1);
    await this.#copy(path, text, options);
  }

  /** Removes the record; the copy first, so that a crash brings nothing back. Absent is success. */
  async remove(path: string): Promise<void> {
    await this.forgetCopy(path);
    await removeTree(path);
  }

  /** Removes the copy of a record, or of all records below a directory that is about to be removed. Durable. */
  async forgetCopy(path: string): Promise<void> {
    this.#gone.add(path);
    // A repair under way may just be writing it.
    await this.#serial.idle();
    const copy = this.#copyOf(path);
    if ((await smallFiles.lstat(copy)) !== undefined) {
      await removeTree(copy);
      await syncDirectory(dirname(copy));
    }
    this.#seen.forget(path);
  }

  /** Names in a directory, at its place or among the copies; sorted, without hidden ones. */
  names(directory: string): string[] {
    return recordNames(this.root, directory);
  }

  /** Makes both places equal to the newer one. */
  async #repair<T>(path: string): Promise<T | undefined> {
    const { newest, stale } = await this.#compare(path);
    if (newest === undefined) return undefined;
    if (ancestors(path).some((one) => this.#gone.has(one))) return newest.value as T;
    if (stale === 'Record') await writeFileDurable(path, newest.text, await modeOf(this.#copyOf(path)));
    if (stale === 'Copy') await this.#copy(path, newest.text, await modeOf(path));
    this.#seen.set(path, newest.revision);
    return newest.value as T;
  }

  #isThere(path: string): void {
    for (const one of ancestors(path)) this.#gone.delete(one);
  }

  /** Reads both places. @throws CcError `Damaged` where something is there, and nothing of it can be read. */
  async #compare(path: string): Promise<{ newest?: Read; stale?: 'Record' | 'Copy' }> {
    const own = await look(path);
    const copy = await look(this.#copyOf(path));
    if (copy.found === 'Record' && (own.found !== 'Record' || own.revision < copy.revision))
      return { newest: copy, stale: 'Record' };
    if (own.found === 'Record') {
      const same = copy.found === 'Record' && copy.revision === own.revision;
      return same ? { newest: own } : { newest: own, stale: 'Copy' };
    }
    if (own.found === 'Nothing' && copy.found === 'Nothing') return {};
    throw new CcError('Damaged', `${path} cannot be read, and ${this.#copyOf(path)} has no copy of it`, {
      remedy: `Put ${path} back from a backup of the state directory; it is taken up by itself.`,
    });
  }

  /**
   * Nothing is written beside a directory that was moved or unmounted.
   * @throws CcError `DataMissing` where the root is not the directory that it was at the first call.
   */
  async assertRoot(): Promise<void> {
    const now = await identityOf(this.root);
    this.#rootIdentity ??= now;
    if (now !== undefined && now === this.#rootIdentity) return;
    throw new CcError('DataMissing', `${this.root} is not the directory any more that it was`, {
      remedy: 'Put the state directory back at its place.',
    });
  }

  async #next(path: string): Promise<number> {
    const seen = this.#seen.get(path);
    if (seen !== undefined) return seen + 1;
    const [own, copy] = [await look(path), await look(this.#copyOf(path))];
    return Math.max(...[own, copy].map((one) => (one.found === 'Record' ? one.revision : 0))) + 1;
  }

  /**
   * Not synchronised, and written where it lies: the record is whole on the disk by now, and a copy that a crash spoils is
   * made anew from it. One that cannot be written stays older than its record, which is seen from the revision.
   */
  async #copy(path: string, text: string, { mode = 0o644 }: RecordWrite): Promise<void> {
    try {
      await closing(await openIn(this.#copyOf(path), 'overwrite', mode), (handle) => handle.overwrite(text));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  }

  #copyOf(path: string): string {
    return copyOf(this.root, path);
  }
}

/** The path and all directories above it. */
function ancestors(path: string): string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...ancestors(above)];
}

async function look(path: string): Promise<Found> {
  const text = await orNothing(
    orElse(smallFiles.readFile(path), 'EISDIR', () => ''),
    'ENOENT',
  );
  if (text === undefined) return { found: 'Nothing' };
  const value = parsed(text);
  if (value === undefined) return { found: 'Garbage' };
  const { recordRevision, ...record } = value;
  const revision = Number.isSafeInteger(recordRevision) ? Number(recordRevision) : 0;
  return { found: 'Record', value: record, revision, text };
}

/** Device and inode; undefined where nothing is there. */
async function identityOf(path: string): Promise<string | undefined> {
  const stats = await orNothing(smallFiles.stat(path), 'ENOTDIR');
  return stats && `${stats.dev}:${stats.ino}`;
}

function parsed(text: string): Written | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return isRecord(value) && Object.keys(value).length > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

async function modeOf(path: string): Promise<RecordWrite> {
  const stats = await smallFiles.stat(path);
  return stats === undefined ? {} : { mode: stats.mode & 0o777 };
}

function textOf(value: object, recordRevision: number): string {
  return `${JSON.stringify({ ...value, recordRevision }, null, 1)}\n`;
}
