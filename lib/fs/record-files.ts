import { readdirSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { isRecord } from '../api/objects.ts';
import { CcError, hasCode, orElse, orNothing, orNothingNow, systemCode } from '../errors.ts';
import { ThisTurn } from '../this-turn.ts';
import { closing } from './closing.ts';
import { syncDirectory, type WriteOptions, writeFileDurable, writeTemp } from './durable.ts';
import { translateNoSpace } from './no-space.ts';
import { RecordLog } from './record-log.ts';
import { removeTree } from './remove-tree.ts';
import { openIn, smallFiles } from './small-files.ts';

/** A record carries how often it was written: of two versions the higher one is in force. */
interface Version {
  record: object;
  revision: number;
  mode: number;
}

type Found = ({ found: 'Record' } & Omit<Version, 'mode'>) | { found: 'Nothing' | 'Garbage' };

type RecordWrite = Pick<WriteOptions, 'mode'> & {
  /** `BothPlaces` for a record that is read by who does not look into the log. Default `Log`. */
  sync?: 'Log' | 'BothPlaces';
};

/**
 * Records that decide something, as JSON files below `root`, each kept twice: in the log `records.jsonl`, durably, and at its
 * place. What is lost, empty, garbled or put back from an older time at one of the two is repaired from the other. Paths are
 * absolute and below `root`.
 */
export class RecordFiles {
  readonly root: string;
  readonly #log: RecordLog;
  /** Device and inode of the root, from the first write on. */
  #rootIdentity: string | undefined;
  /** The same now. */
  readonly #rootNow: ThisTurn<string | undefined>;
  /** {@link assertRoot} by a look of its own. */
  readonly #guard = (): Promise<void> => {
    this.#rootNow.forget();
    return this.assertRoot();
  };

  /** @param root absolute path of the state directory. */
  constructor(root: string) {
    this.root = root;
    this.#log = RecordLog.at(root);
    this.#rootNow = new ThisTurn(() => identityOf(root));
  }

  /**
   * The record, repaired where one of the two places has it; undefined where neither has anything.
   * @throws CcError `Damaged` where something is there, and nothing of it can be read.
   */
  async read<T extends object>(path: string): Promise<T | undefined> {
    const found = await look(path);
    const kept = this.#log.revision(this.#key(path));
    if (found.found === 'Record' && found.revision === kept) return found.record as T;
    if (found.found === 'Nothing' && kept === undefined) return undefined;
    return this.#log.alone(this.#key(path), () => this.#repair<T>(path));
  }

  /**
   * What {@link read} would give, repairing nothing: for who only looks. What is at its place is taken as it is, though a
   * power cut may have left an older version there: the next controller repairs that. @throws CcError `Damaged`.
   */
  async peek<T extends object>(path: string): Promise<T | undefined> {
    const found = await look(path);
    const newest = found.found === 'Record' ? found : (await this.#compare(path)).newest;
    return newest?.record as T | undefined;
  }

  /**
   * Writes the record: durably into the log, then at its place, which needs not be on the disk before the log has gone. One
   * writer per path at a time. @throws CcError `NoSpace` when the disk is full; other system errors as they are.
   */
  async write(path: string, value: object, { mode = 0o644, sync = 'Log' }: RecordWrite = {}): Promise<void> {
    await this.assertRoot();
    this.#isThere(path);
    await this.#log.alone(this.#key(path), async () => {
      const kept = this.#log.revision(this.#key(path));
      const isNew = kept === undefined && (await smallFiles.lstat(path)) === undefined;
      const version = { record: value, revision: isNew ? 1 : (await this.#newestRevision(path, kept)) + 1, mode };
      if (isNew && sync === 'Log') await this.#make(path, version);
      else await this.#replace(path, version, sync);
    });
  }

  /** As {@link write}, exclusively. @throws CcError `Conflict` where the record exists, at one of its places. */
  async create(path: string, value: object, { mode = 0o644 }: Pick<RecordWrite, 'mode'> = {}): Promise<void> {
    await this.assertRoot();
    this.#isThere(path);
    await this.#log.alone(this.#key(path), async () => {
      if (this.#log.revision(this.#key(path)) !== undefined || (await smallFiles.lstat(path)) !== undefined)
        throw new CcError('Conflict', `${path} exists already`);
      await this.#make(path, { record: value, revision: 1, mode });
    });
  }

  /** Removes the record, or all below a directory, durably. Absent is success. @throws as {@link removeFrom}. */
  async remove(path: string): Promise<void> {
    await this.removeFrom(path, () => removeTree(path));
  }

  /**
   * Takes what lies at a path and below it from its place by `take`, durably, and only then from the log: until that is on
   * the disk a crash brings all of it back, whole, and afterwards nothing, not even a file of which only a part was there.
   * @throws what `take` throws; CcError as {@link write}: then the records are there still.
   */
  async removeFrom(path: string, take: () => Promise<void>): Promise<void> {
    this.#log.gone.add(path);
    // A repair under way may just be writing it.
    await this.#log.idle();
    try {
      await take();
      if (this.knows(path)) await this.#log.forget(this.#key(path), this.#guard);
    } catch (error) {
      // It is there still, and is repaired as before.
      this.#log.gone.delete(path);
      throw error;
    }
  }

  /** Of the version that the log has; undefined where it has none. Grows with each write. */
  revision(path: string): number | undefined {
    return this.#log.revision(this.#key(path));
  }

  /** Whether the log has anything at or below a path. */
  knows(path: string): boolean {
    return this.#log.has(this.#key(path));
  }

  /** Names in a directory, at its place or in the log; sorted, without hidden ones. */
  names(directory: string): string[] {
    // Who may not read the log, another user, sees what is at the places.
    const kept = orNothingNow(() => this.#log.names(this.#key(directory)), 'EACCES') ?? [];
    const names = [...namesIn(directory), ...kept];
    return [...new Set(names.filter((name) => !name.startsWith('.')))].sort();
  }

  /** Nothing has the name: what of the file a crash leaves is repaired, for the log has it by then. */
  async #make(path: string, version: Version): Promise<void> {
    await this.#keep(path, version);
    try {
      await closing(await openIn(path, 'overwrite', version.mode), (file) => file.writeFile(textOf(version)));
    } catch (error) {
      await this.#log.forget(this.#key(path), this.#guard).catch(orSystemFault);
      await smallFiles.rm(path);
      throw translateNoSpace(error, `writing ${path}`);
    }
  }

  /** A reader finds the old or the new version at its place. What meets a full disk there is not in the log. */
  async #replace(path: string, version: Version, sync: 'Log' | 'BothPlaces'): Promise<void> {
    const temp = await writeTemp(path, textOf(version), {
      mode: version.mode,
      sync: sync === 'Log' ? 'Not' : 'Content',
    });
    try {
      await this.#keep(path, version);
      await smallFiles.rename(temp, path);
    } catch (error) {
      await smallFiles.rm(temp);
      throw error;
    }
    if (sync === 'BothPlaces') await syncDirectory(dirname(path));
  }

  async #keep(path: string, version: Version): Promise<void> {
    await this.#log.keep({ path: this.#key(path), ...version }, this.#guard);
  }

  /** Makes both places equal to the newer one. */
  async #repair<T>(path: string): Promise<T | undefined> {
    const { newest, stale } = await this.#compare(path);
    if (newest === undefined) return undefined;
    if (stale === undefined || ancestors(path).some((one) => this.#log.gone.has(one))) return newest.record as T;
    if (stale === 'Place') await writeFileDurable(path, textOf(newest), { mode: newest.mode });
    // A log that cannot be written fails nobody who looks: it stays older than the record, which is seen from the revision.
    else await this.#keep(path, { ...newest, revision: Math.max(1, newest.revision) }).catch(orSystemFault);
    return newest.record as T;
  }

  #isThere(path: string): void {
    if (this.#log.gone.size === 0) return;
    for (const one of ancestors(path)) this.#log.gone.delete(one);
  }

  /** Reads both places. @throws CcError `Damaged` where something is there, and nothing of it can be read. */
  async #compare(path: string): Promise<{ newest?: Version; stale?: 'Place' | 'Log' }> {
    const own = await look(path);
    const kept = await this.#log.version(this.#key(path));
    if (typeof kept === 'object' && (own.found !== 'Record' || own.revision < kept.revision))
      return { newest: kept, stale: 'Place' };
    if (own.found === 'Record') {
      const newest = { ...own, mode: await modeOf(path) };
      return typeof kept === 'object' && kept.revision === own.revision ? { newest } : { newest, stale: 'Log' };
    }
    if (own.found === 'Nothing' && kept === undefined) return {};
    throw new CcError('Damaged', `${path} cannot be read, and ${this.#log.path} has no version of it`, {
      remedy: `Put ${path} back from a backup of the state directory; it is taken up by itself.`,
    });
  }

  /**
   * Nothing is written beside a directory that was moved or unmounted.
   * @throws CcError `DataMissing` where the root is not the directory that it was at the first call.
   */
  async assertRoot(): Promise<void> {
    const now = this.#rootNow.get();
    this.#rootIdentity ??= now;
    if (now !== undefined && now === this.#rootIdentity) return;
    throw new CcError('DataMissing', `${this.root} is not the directory any more that it was`, {
      remedy: 'Put the state directory back at its place.',
    });
  }

  /** The place is asked where the log does not know, or may be older: it was not this process that wrote it last. */
  async #newestRevision(path: string, kept: number | undefined): Promise<number> {
    if (kept !== undefined && !this.#log.isForeign) return kept;
    const own = await look(path);
    return Math.max(kept ?? 0, own.found === 'Record' ? own.revision : 0);
  }

  /** Resolves when nothing is written any more: before somebody else may write. */
  settled(): Promise<void> {
    return this.#log.settled();
  }

  #key(path: string): string {
    const below = `${this.root}/`;
    return path.startsWith(below) ? path.slice(below.length) : relative(this.root, path);
  }
}

function orSystemFault(error: unknown): void {
  if (systemCode(error) === undefined && !hasCode(error, 'NoSpace')) throw error;
}

function namesIn(directory: string): string[] {
  return orNothingNow(() => readdirSync(directory), 'ENOENT', 'ENOTDIR') ?? [];
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
  return { found: 'Record', record, revision };
}

/** Device and inode; undefined where nothing is there. */
function identityOf(path: string): string | undefined {
  const stats = orNothingNow(() => statSync(path, { throwIfNoEntry: false }), 'ENOTDIR');
  return stats && `${stats.dev}:${stats.ino}`;
}

function parsed(text: string): { recordRevision?: number } | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return isRecord(value) && Object.keys(value).length > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

async function modeOf(path: string): Promise<number> {
  const stats = await smallFiles.stat(path);
  return (stats?.mode ?? 0o644) & 0o777;
}

/** What people read. */
function textOf({ record, revision }: Omit<Version, 'mode'>): string {
  return `${JSON.stringify({ ...record, recordRevision: revision }, null, 1)}\n`;
}
