import { readFile } from 'node:fs/promises';
import { API_VERSION, keyText, type ObjectKey } from '../api/kinds.ts';
import { explainError, isSystemFault, systemCode } from '../errors.ts';
import { type Log, orWarn } from '../log.ts';
import { forEachBounded, Serial } from '../serial.ts';
import { maskUrls } from '../url-mask.ts';
import {
  createFile,
  createGuardedFile,
  type FileSignature,
  type GuardedFile,
  replaceFile,
  replaceGuardedFile,
  sameSignature,
  signatureNow,
} from './replace-file.ts';
import { type StatePaths, statusFileOf } from './state-paths.ts';
import { assertReplaceable, removeStatusFile } from './status-file.ts';
import type { StoredObject } from './store.ts';
import { yamlText } from './yaml-text.ts';

/** One file that shows the status, and what it was after our last write. */
interface Shown {
  path: string;
  signature: FileSignature | undefined;
  /** Nothing lay at its place a moment ago; false once it was tried. */
  isNew?: boolean;
}

interface Projection {
  /** What both files are made from: `status.json` as it is. */
  text: string;
  /** `<spec file>.status.yaml`, for people. */
  beside: Shown & {
    /** The content that we wrote here last, of whatever status. */
    own?: FileSignature | undefined;
  };
  /** `objects/<Kind>/<name>/status.json`, for `ccctl`. */
  state: Shown;
}

export interface StatusProjectionOptions {
  paths: StatePaths;
  log: Log;
  /** Called after `status.json` changed. */
  onWrite: (key: ObjectKey) => void;
  /** Called once per object when the file beside the spec cannot be written, again only after it could; waited for. */
  onUnwritable: (key: ObjectKey, message: string) => Promise<void>;
  /** Whether the directory of the specs is still ours: nothing is written into another's. Default: yes. */
  holdsSpecs?: (() => boolean) | undefined;
  /** Default: {@link removeStatusFile}. */
  removeFile?: (path: string, uid?: string) => Promise<void>;
}

/** Objects whose files a repair looks at, however few that is of all. */
const AT_ONCE = 8;
/** Every object has its turn within so many repairs. */
const MOST_TURNS = 120;

/** These do not pass by themselves: who may not write to the directory of the specs cannot remove from it either. */
const NOT_ALLOWED: readonly (string | undefined)[] = ['EROFS', 'EACCES', 'EPERM'];

/** Writes status files. They are never read for a decision; an unchanged status is not written. */
export class StatusProjection {
  readonly #options: StatusProjectionOptions;
  readonly #projections = new Map<string, Projection>();
  readonly #unwritable = new Set<string>();
  readonly #serial = new Serial();
  /** Where the next repair begins. */
  #cursor = 0;

  constructor(options: StatusProjectionOptions) {
    this.#options = options;
  }

  /** Shows `status`. Idempotent; never throws: what could not be written is tried again by {@link repair}. */
  project(object: StoredObject, status: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#serial.run(keyText(object), () => this.#project(object, status));
  }

  /**
   * Writes again what was lost, edited, or could not be written before: of the objects whose turn it is, where there are
   * many. Each has its turn within {@link MOST_TURNS} calls.
   */
  async repair(objects: readonly StoredObject[]): Promise<void> {
    const many = Math.max(AT_ONCE, Math.ceil(objects.length / MOST_TURNS));
    if (this.#cursor >= objects.length) this.#cursor = 0;
    const turn = objects.slice(this.#cursor, this.#cursor + many);
    this.#cursor += many;
    const other = turn.filter((object) => {
      const shown = this.#projections.get(keyText(object));
      return shown !== undefined && !isAsWritten(shown);
    });
    await forEachBounded(other, 16, (object) =>
      this.#serial.run(keyText(object), async () => {
        const shown = this.#projections.get(keyText(object));
        if (shown === undefined || object.path !== besidePath(shown)) return;
        await this.#rewrite(object, shown);
      }),
    );
  }

  /**
   * Removes the file beside the spec, as the object's last act; the state directory's goes with the record. Idempotent.
   * @throws system errors that may be gone the next time: nobody else would ever look for the file.
   */
  forget(object: StoredObject): Promise<void> {
    return this.#serial.run(keyText(object), async () => {
      this.#projections.delete(keyText(object));
      this.#unwritable.delete(keyText(object));
      await this.#remove(statusFileOf(object.path), object.uid);
    });
  }

  /** The text of `status.json` as last written by this process, with its signature. */
  shown(key: ObjectKey): { text: string; signature: FileSignature } | undefined {
    const { text, state } = this.#projections.get(keyText(key)) ?? {};
    return text !== undefined && state?.signature ? { text, signature: state.signature } : undefined;
  }

  async #project(object: StoredObject, status: Readonly<Record<string, unknown>>): Promise<void> {
    const { name, uid, generation } = object;
    const document = { apiVersion: API_VERSION, kind: object.kind, metadata: { name, uid, generation }, status };
    const before = this.#projections.get(keyText(object));
    const text = `${JSON.stringify(document, withoutPassword)}\n`;
    const beside = statusFileOf(object.path);
    if (before?.text === text && before.beside.path === beside) return this.#rewrite(object, before);
    const next = await this.#next(object, text, before);
    this.#projections.set(keyText(object), next);
    if (next.state.signature !== undefined) this.#options.onWrite(object);
    await this.#rewrite(object, next);
    if (before !== undefined && before.beside.path !== beside)
      await this.#remove(before.beside.path, uid).catch(this.#notRemoved(before.beside.path));
  }

  /** What this process wrote is of another status; what an earlier one left may be the same and is not written again. */
  async #next(object: StoredObject, text: string, before: Projection | undefined): Promise<Projection> {
    const [state, beside] = [this.#options.paths.status(object), statusFileOf(object.path)];
    const isOurs = before?.beside.path === beside;
    return {
      text,
      state: isOurs ? { path: state, signature: undefined } : await foundAt(state, () => text),
      beside: isOurs
        ? { path: beside, signature: undefined, own: before.beside.own }
        : await foundAt(beside, () => yamlOf(text)),
    };
  }

  async #rewrite(object: StoredObject, { text, state, beside }: Projection): Promise<void> {
    const kept = writeWhereDifferent(state, text).catch(
      orWarn(this.#options.log, 'status not kept', { path: state.path }),
    );
    if (await kept) this.#options.onWrite(object);
    const key = keyText(object);
    try {
      if (!this.#holdsSpecs()) return;
      await writeBeside(beside, text, () => this.#holdsSpecs());
      this.#unwritable.delete(key);
    } catch (error) {
      // the directory went with the spec: there is no place to show it
      if (systemCode(error) === 'ENOENT' || this.#unwritable.has(key)) return;
      this.#unwritable.add(key);
      this.#options.log.warn('status file not written', { path: beside.path, error: explainError(error) });
      await this.#options.onUnwritable(object, `${beside.path} cannot be written: ${explainError(error)}`);
    }
  }

  #holdsSpecs(): boolean {
    return this.#options.holdsSpecs?.() !== false;
  }

  async #remove(path: string, uid: string): Promise<void> {
    const { removeFile = removeStatusFile } = this.#options;
    try {
      await removeFile(path, uid);
    } catch (error) {
      if (isSystemFault(error) && !NOT_ALLOWED.includes(systemCode(error))) throw error;
      this.#notRemoved(path)(error);
    }
  }

  #notRemoved(path: string): (error: unknown) => void {
    return orWarn(this.#options.log, 'status file not removed', { path });
  }
}

function besidePath(projection: Projection): string {
  return projection.beside.path.slice(0, -statusFileOf('').length);
}

/** Whether both files are what was written last. */
function isAsWritten({ state, beside }: Projection): boolean {
  return [state, beside].every(({ path, signature }) => signature && sameSignature(signatureNow(path), signature));
}

/** User and password of a URL are in no status, whoever made the text. */
function withoutPassword(_: string, value: unknown): unknown {
  return typeof value === 'string' ? maskUrls(value) : value;
}

/** @throws CcError `Refused` where a person's own file lies there; system errors. */
async function writeBeside(shown: Projection['beside'], text: string, mayWrite: () => boolean): Promise<void> {
  const file = (): GuardedFile => ({ path: shown.path, text: yamlOf(text), mayWrite });
  if (!(await isCreated(shown, () => createGuardedFile(file())))) {
    const present = signatureNow(shown.path);
    if (sameSignature(present, shown.signature)) return;
    if (present !== undefined && !sameSignature(present, shown.own)) await assertReplaceable(shown.path);
    shown.signature = await replaceGuardedFile(file());
  }
  shown.own = shown.signature;
}

async function writeWhereDifferent(shown: Shown, text: string): Promise<boolean> {
  if (await isCreated(shown, () => createFile(shown.path, text))) return true;
  if (shown.signature && sameSignature(signatureNow(shown.path), shown.signature)) return false;
  shown.signature = await replaceFile(shown.path, text);
  return true;
}

/** Creates the file where none was; false where it is to be replaced, if anything. */
async function isCreated(shown: Shown, create: () => Promise<FileSignature | undefined>): Promise<boolean> {
  if (!shown.isNew) return false;
  shown.isNew = false;
  shown.signature = await create();
  return shown.signature !== undefined;
}

/** What lies at the place of a file that is to hold exactly that text: the same needs no writing. */
async function foundAt(path: string, text: () => string): Promise<Shown> {
  const signature = signatureNow(path);
  if (signature === undefined) return { path, signature, isNew: true };
  const present = await readFile(path, 'utf8').catch(() => undefined);
  return { path, signature: present === text() ? signature : undefined };
}

/** The same status for people. */
function yamlOf(text: string): string {
  return yamlText(JSON.parse(text));
}
