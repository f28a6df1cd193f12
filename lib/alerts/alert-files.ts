import type { Stats } from 'node:fs';
import { lstat, mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orElse, orNothing } from '../errors.ts';
import { createFileDurable, readJson, renameDurable, syncDirectory, writeJsonDurable } from '../fs/durable.ts';
import { exists, namesIn } from '../fs/exists.ts';
import { Serial } from '../serial.ts';
import { type AlertRecord, isAlertId } from './alert.ts';
import { isAlertRecord } from './alert-record.ts';

/** Longer than any alert of ours. */
const MOST_BYTES = 4 * 1024 * 1024;
const KEPT_SEEN = 1000;
const SUFFIX = '.json';

/** A file among the alerts that is none, or none any more. */
export interface DamagedAlert {
  id: string;
  path: string;
  message: string;
}

/** What lies in one of the two directories; alerts by time, then id. */
export interface AlertListing {
  alerts: AlertRecord[];
  damaged: DamagedAlert[];
}

/**
 * Alerts as files, one each: `alerts/<id>.json` until all sinks have it, then `alerts/seen/<id>.json`. A file that cannot
 * be read as one is damaged, alone. Writes need the state directory to be there; reads take what is missing for empty.
 * @throws of every method: `NoSpace`, and system errors as they are.
 */
export class AlertFiles {
  readonly #directory: string;
  readonly #seen: string;
  readonly #serial = new Serial();

  readonly #keptSeen: number;

  /** @param stateDirectory absolute. @param keptSeen so many that everybody got are kept for people, the newest. */
  constructor(stateDirectory: string, keptSeen: number = KEPT_SEEN) {
    this.#keptSeen = keptSeen;
    this.#directory = join(stateDirectory, 'alerts');
    this.#seen = join(this.#directory, 'seen');
  }

  /**
   * Writes a new alert; one that is there already, seen or not, stays as it is, but a damaged one is written anew.
   * @throws CcError `InvalidInput` for an id that cannot name a file.
   */
  async create(record: AlertRecord): Promise<'Created' | 'Existed'> {
    const { id } = record;
    if (!isAlertId(id)) throw new CcError('InvalidInput', `${JSON.stringify(id).slice(0, 200)} cannot name an alert`);
    return await this.#serial.run(id, async () => {
      if (await exists(this.#path(this.#seen, id))) return 'Existed';
      await makeDirectory(this.#directory);
      const text = `${JSON.stringify(record, null, 1)}\n`;
      const created = createFileDurable(this.#path(this.#directory, id), text, { directory: 'MustExist' });
      return await orElse(
        created.then(() => 'Created' as const),
        'Conflict',
        () => this.#createAgain(record),
      );
    });
  }

  /** The alert of that id, pending or seen; undefined where there is none, or it is damaged. */
  async find(id: string): Promise<AlertRecord | undefined> {
    if (!isAlertId(id)) return undefined;
    // A pending one may just be on its way to the others.
    for (const directory of [this.#directory, this.#seen]) {
      const found = await orNothing(readAlert(this.#path(directory, id), id), 'Damaged');
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Alerts that are on their way, and damaged files among them. */
  pending(): Promise<AlertListing> {
    return this.#list(this.#directory);
  }

  /** Alerts that all sinks have. */
  seen(): Promise<AlertListing> {
    return this.#list(this.#seen);
  }

  /** Changes a pending alert, one change after the other. @returns the record after it; undefined where it is not pending. */
  update(id: string, change: (record: AlertRecord) => AlertRecord): Promise<AlertRecord | undefined> {
    return this.#serial.run(id, async () => {
      const path = this.#path(this.#directory, id);
      const before = await orNothing(readAlert(path, id), 'Damaged');
      if (before === undefined) return undefined;
      const after = change(before);
      if (after !== before) await writeJsonDurable(path, after, { directory: 'MustExist' });
      return after;
    });
  }

  /** Moves an alert that all sinks have; idempotent. Of the alerts that were moved before the oldest go. */
  async markSeen(id: string): Promise<void> {
    await this.#serial.run(id, async () => {
      await makeDirectory(this.#seen);
      await orNothing(renameDurable(this.#path(this.#directory, id), this.#path(this.#seen, id)), 'ENOENT');
    });
    await this.#serial.run('', () => this.#trim());
  }

  async #createAgain(record: AlertRecord): Promise<'Created' | 'Existed'> {
    const path = this.#path(this.#directory, record.id);
    const damaged = readAlert(path, record.id).then(() => false);
    if (!(await orElse(damaged, 'Damaged', () => true))) return 'Existed';
    await writeJsonDurable(path, record, { directory: 'MustExist' });
    return 'Created';
  }

  async #list(directory: string): Promise<AlertListing> {
    const listing: AlertListing = { alerts: [], damaged: [] };
    for (const name of await namesIn(directory)) {
      if (name.startsWith('.') || !name.endsWith(SUFFIX)) continue;
      const path = join(directory, name);
      const id = name.slice(0, -SUFFIX.length);
      const found = await orElse(readAlert(path, id), 'Damaged', ({ message }) => ({ path, message }));
      if (found === undefined) continue;
      if ('path' in found) listing.damaged.push({ id, ...found });
      else listing.alerts.push(found);
    }
    listing.alerts.sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)));
    return listing;
  }

  async #trim(): Promise<void> {
    const names = (await namesIn(this.#seen)).filter((name) => name.endsWith(SUFFIX));
    if (names.length <= this.#keptSeen) return;
    const files = await Promise.all(
      names.map(async (name) => ({ name, stats: await statsOf(join(this.#seen, name)) })),
    );
    const oldest = files.sort((one, other) => (one.stats?.mtimeMs ?? 0) - (other.stats?.mtimeMs ?? 0));
    for (const { name } of oldest.slice(0, names.length - this.#keptSeen))
      await orNothing(unlink(join(this.#seen, name)), 'ENOENT', 'EISDIR', 'EPERM');
    await syncDirectory(this.#seen);
  }

  #path(directory: string, id: string): string {
    return join(directory, `${id}${SUFFIX}`);
  }
}

/** Makes one directory, the one above must be there: nothing is made beside a state directory that was moved. */
async function makeDirectory(path: string): Promise<void> {
  await orNothing(mkdir(path), 'EEXIST');
}

/** Undefined where there is none. @throws CcError `Damaged` for what is no file, too long or no alert of that id. */
async function readAlert(path: string, id: string): Promise<AlertRecord | undefined> {
  const stats = await statsOf(path);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new CcError('Damaged', `${path} is not a file`);
  if (stats.size > MOST_BYTES) throw new CcError('Damaged', `${path} is longer than any alert`);
  const value = await readJson<unknown>(path);
  if (value === undefined || isAlertRecord(value, id)) return value;
  throw new CcError('Damaged', `${path} is no alert, or that of another name`);
}

async function statsOf(path: string): Promise<Stats | undefined> {
  return await orNothing(lstat(path), 'ENOENT');
}
