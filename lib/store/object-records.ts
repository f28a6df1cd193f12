import { basename } from 'node:path';
import { KINDS, type Kind, keyText, type ObjectKey } from '../api/kinds.ts';
import { explainError, hasCode } from '../errors.ts';
import type { RecordFiles } from '../fs/record-files.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { smallFiles } from '../fs/small-files.ts';
import { forEachBounded, Serial } from '../serial.ts';
import { readRecord } from './damaged-record.ts';
import { ObjectList } from './object-list.ts';
import { type FileSignature, signatureAt } from './replace-file.ts';
import { defaulted } from './spec-file.ts';
import type { StatePaths } from './state-paths.ts';
import type { StoredObject } from './store.ts';
import { moveToTrash, sweepTrash } from './trash.ts';

export interface ObjectRecordsOptions {
  paths: StatePaths;
  files: RecordFiles;
  /** Told about every record that came, changed or went. */
  onWrite: (key: ObjectKey) => void;
}

/** Why an object is neither served nor made anew. */
export interface Damage {
  key: ObjectKey;
  /** The record that is missing or cannot be read. */
  path: string;
  message: string;
}

/** The records `objects/<Kind>/<name>/object.json`, in memory and on disk. A change is visible once it is durable. */
export class ObjectRecords {
  readonly #options: ObjectRecordsOptions;
  readonly #objects = new ObjectList();
  readonly #signatures = new Map<string, FileSignature>();
  readonly #damaged = new Map<string, Damage>();
  readonly #serial = new Serial();

  private constructor(options: ObjectRecordsOptions) {
    this.#options = options;
  }

  /** Reads every record, and ends removals that a crash cut short. A damaged record is kept apart, see {@link damaged}. */
  static async open(options: ObjectRecordsOptions): Promise<ObjectRecords> {
    const records = new ObjectRecords(options);
    await sweepTrash(options.paths);
    for (const kind of KINDS) await records.#loadKind(kind);
    return records;
  }

  get(key: ObjectKey): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** By kind and name. The list is not to be changed. */
  list(kind?: Kind): readonly StoredObject[] {
    return this.#objects.list(kind);
  }

  /** How many are listed. */
  get size(): number {
    return this.#objects.size;
  }

  /** Canonicals whose spec, as written or as accepted last, names a recipe that this one's does; by name. */
  ofSameRecipe(canonical: StoredObject): StoredObject[] {
    return this.#objects.ofSameRecipe(canonical);
  }

  /** The objects that remember that file as theirs; several after a rename inside the file. */
  at(path: string): StoredObject[] {
    return this.#objects.at(path);
  }

  /** What is known of objects whose record is lost or cannot be read, by {@link keyText}. */
  damaged(): ReadonlyMap<string, Damage> {
    return this.#damaged;
  }

  /** The object was there, as something that belongs to it shows; its record is not. */
  markLost(key: ObjectKey, trace: string): void {
    const path = this.#options.paths.object(key);
    const message = `${path} is lost, but ${trace} belongs to ${keyText(key)}. Put it back from a backup of the state directory, or remove ${trace} if nothing of the object is wanted any more.`;
    this.#damaged.set(keyText(key), { key, path, message });
  }

  /** Looks at damaged records again. @returns those that can be served now. */
  async reload(): Promise<ObjectKey[]> {
    const keys = [...this.#damaged.values()].map(({ key }) => key);
    this.#damaged.clear();
    await forEachBounded(keys, 16, (key) => this.#load(key));
    const served = keys.filter((key) => this.get(key) !== undefined);
    for (const key of served) this.#options.onWrite(key);
    return served;
  }

  signature(key: ObjectKey): FileSignature | undefined {
    return this.#signatures.get(keyText(key));
  }

  /**
   * Changes one record, one change of a key after the other. `change` computes the next record from the present one; the
   * same reference means: nothing to write. `beforeVisible` runs between the durable write and the moment the change can
   * be seen in memory. @returns the record before and after; the same reference where nothing changed.
   */
  update(
    key: ObjectKey,
    change: (current: StoredObject | undefined) => StoredObject | undefined,
    options: { beforeVisible?: () => Promise<void> } = {},
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
      const { objectDirectory, kindDirectory } = this.#options.paths;
      let trash = '';
      await this.#options.files.removeFrom(objectDirectory(key), async () => {
        trash = await moveToTrash(objectDirectory(key), kindDirectory(key.kind), object.uid);
      });
      this.#objects.delete(key);
      this.#signatures.delete(keyText(key));
      this.#options.onWrite(key);
      await removeTree(trash);
    });
  }

  async #write(key: ObjectKey, object: StoredObject, isNew: boolean): Promise<void> {
    const path = this.#options.paths.object(key);
    if (isNew) await this.#makeEmpty(this.#options.paths.objectDirectory(key));
    await this.#options.files.write(path, object);
    this.#signatures.set(keyText(key), await signatureAt(path));
  }

  #publish(key: ObjectKey, object: StoredObject): void {
    this.#objects.set(object);
    this.#options.onWrite(key);
  }

  async #loadKind(kind: Kind): Promise<void> {
    const directory = this.#options.paths.kindDirectory(kind);
    await forEachBounded(this.#options.files.names(directory), 16, (name) => this.#load({ kind, name }));
  }

  async #load(key: ObjectKey): Promise<void> {
    const path = this.#options.paths.object(key);
    const isObject = (value: object): value is StoredObject => isRecordOf(key, value);
    try {
      const object = await readRecord(this.#options.files, path, isObject);
      if (object === undefined) return this.#noteLost(key);
      this.#objects.set(withDefaults(object));
      this.#signatures.set(keyText(key), await signatureAt(path));
    } catch (error) {
      if (!hasCode(error, 'Damaged')) throw error;
      this.#damaged.set(keyText(key), { key, path, message: explainError(error) });
    }
  }

  /** A journal is written of objects only; anything else may have been left behind by one that was removed. */
  #noteLost(key: ObjectKey): void {
    const journal = this.#options.paths.journal(key);
    if (this.#options.files.names(this.#options.paths.objectDirectory(key)).includes(basename(journal)))
      this.markLost(key, journal);
  }

  /** What a removed object of that name left behind is not the new object's. */
  async #makeEmpty(directory: string): Promise<void> {
    const made = await smallFiles.mkdir(directory);
    if (made !== undefined && !this.#options.files.knows(directory)) return;
    await this.#options.files.remove(directory);
    await smallFiles.mkdir(directory);
  }
}

function isRecordOf(key: ObjectKey, value: object): value is StoredObject {
  const { kind, name, uid, path, spec, requests } = value as Partial<Record<keyof StoredObject, unknown>>;
  const isIt = kind === key.kind && name === key.name;
  return isIt && typeof uid === 'string' && typeof path === 'string' && spec !== undefined && Array.isArray(requests);
}

function withDefaults(object: StoredObject): StoredObject {
  const { kind, spec, accepted } = object;
  return {
    ...object,
    spec: defaulted(kind, spec),
    ...(accepted && { accepted: { ...accepted, spec: defaulted(kind, accepted.spec) } }),
  };
}
