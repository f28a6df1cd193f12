import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KINDS, type Kind, keyText, type ObjectKey } from '../api/kinds.ts';
import { CcError, explainError, systemCode } from '../errors.ts';
import { readJson, removeDurable, renameDurable, writeJsonDurable } from '../fs/durable.ts';
import { forEachBounded, Serial } from '../serial.ts';
import { DirectorySync } from './directory-sync.ts';
import { type FileSignature, signatureAt } from './replace-file.ts';
import { defaulted } from './spec-file.ts';
import type { StatePaths } from './state-paths.ts';
import type { StoredObject } from './store.ts';

const TRASH_PREFIX = '.trash-';

/** Computes the next record of an object from the present one; the same reference means: nothing to write. */
export type RecordChange = (current: StoredObject | undefined) => StoredObject | undefined;

export interface UpdateOptions {
  /** Runs between the durable write and the moment the change can be seen in memory. */
  beforeVisible?: () => Promise<void>;
}

/** The records `objects/<Kind>/<name>/object.json`, in memory and on disk. A change is visible once it is durable. */
export class ObjectRecords {
  readonly #paths: StatePaths;
  readonly #onWrite: (key: ObjectKey) => void;
  readonly #objects = new Map<string, StoredObject>();
  readonly #signatures = new Map<string, FileSignature>();
  readonly #damaged = new Map<string, { path: string; message: string }>();
  readonly #serial = new Serial();
  readonly #directorySync = new DirectorySync();
  #sorted: StoredObject[] | undefined;

  private constructor(paths: StatePaths, onWrite: (key: ObjectKey) => void) {
    this.#paths = paths;
    this.#onWrite = onWrite;
  }

  /** Reads every record, and ends removals that a crash cut short. A damaged record is kept apart, see {@link damaged}. */
  static async open(paths: StatePaths, onWrite: (key: ObjectKey) => void): Promise<ObjectRecords> {
    const records = new ObjectRecords(paths, onWrite);
    for (const kind of KINDS) await records.#loadKind(kind);
    return records;
  }

  get(key: ObjectKey): StoredObject | undefined {
    return this.#objects.get(keyText(key));
  }

  /** By kind and name. The list is not to be changed. */
  list(kind?: Kind): StoredObject[] {
    this.#sorted ??= [...this.#objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    return kind === undefined ? this.#sorted : this.#sorted.filter((object) => object.kind === kind);
  }

  /** Records that are not readable JSON, by {@link keyText}: their objects are neither served nor made anew. */
  damaged(): ReadonlyMap<string, { path: string; message: string }> {
    return this.#damaged;
  }

  signature(key: ObjectKey): FileSignature | undefined {
    return this.#signatures.get(keyText(key));
  }

  /**
   * Changes one record, one change of a key after the other.
   * @returns the record before and after; the same reference where nothing changed.
   */
  update(
    key: ObjectKey,
    change: RecordChange,
    options: UpdateOptions = {},
  ): Promise<{ before: StoredObject | undefined; after: StoredObject | undefined }> {
    return this.#serial.run(keyText(key), async () => {
      const before = this.get(key);
      const after = change(before);
      if (after !== undefined && after !== before) await this.#write(key, after, before === undefined);
      await options.beforeVisible?.();
      if (after !== undefined && after !== before) this.#publish(key, after);
      return { before, after };
    });
  }

  /** Removes the record and all that lies beside it: rename to `.trash-<uid>`, then remove. Absent is success. */
  remove(key: ObjectKey): Promise<void> {
    return this.#serial.run(keyText(key), async () => {
      const object = this.get(key);
      if (object === undefined) return;
      const trash = join(this.#paths.kindDirectory(key.kind), `${TRASH_PREFIX}${object.uid}`);
      await renameDurable(this.#paths.objectDirectory(key), trash);
      this.#objects.delete(keyText(key));
      this.#signatures.delete(keyText(key));
      this.#sorted = undefined;
      this.#onWrite(key);
      await removeDurable(trash);
    });
  }

  async #write(key: ObjectKey, object: StoredObject, isNew: boolean): Promise<void> {
    const path = this.#paths.object(key);
    if (isNew) await makeEmpty(this.#paths.objectDirectory(key));
    await writeJsonDurable(path, object);
    this.#signatures.set(keyText(key), await signatureAt(path));
    if (isNew) await this.#directorySync.run(this.#paths.kindDirectory(key.kind));
  }

  #publish(key: ObjectKey, object: StoredObject): void {
    this.#objects.set(keyText(key), object);
    this.#sorted = undefined;
    this.#onWrite(key);
  }

  async #loadKind(kind: Kind): Promise<void> {
    const directory = this.#paths.kindDirectory(kind);
    const names = await namesIn(directory);
    for (const name of names.filter((entry) => entry.startsWith(TRASH_PREFIX))) {
      await removeDurable(join(directory, name));
    }
    const objects = names.filter((entry) => !entry.startsWith('.'));
    await forEachBounded(objects, 16, (name) => this.#load({ kind, name }));
  }

  async #load(key: ObjectKey): Promise<void> {
    const path = this.#paths.object(key);
    try {
      const object = await readJson<StoredObject>(path);
      if (object === undefined) return;
      if (object.uid === undefined || object.name !== key.name) throw new CcError('Damaged', `${path} is no record`);
      this.#objects.set(keyText(key), { ...object, spec: defaulted(object.kind, object.spec) });
      this.#signatures.set(keyText(key), await signatureAt(path));
    } catch (error) {
      this.#damaged.set(keyText(key), { path, message: explainError(error) });
    }
  }
}

/** What a removed object of that name left behind is not the new object's. */
async function makeEmpty(directory: string): Promise<void> {
  const made = await mkdir(directory, { recursive: true });
  if (made !== undefined) return;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
