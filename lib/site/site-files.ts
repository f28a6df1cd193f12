import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { CcError, orNothingNow } from '../errors.ts';
import { partsOf } from '../fs/beneath.ts';
import { DIRECT } from '../fs/directory-calls.ts';
import { DirectoryHandle } from '../fs/directory-handle.ts';
import { translateNoSpace } from '../fs/no-space.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** Of a write that was killed; one at the most in a directory, and replaced by the next one. */
const TEMP = '.cc-ci-site.tmp';

const whenSynced = promisify(fsync);

/** Tells a file as it was left from one that somebody changed. */
export interface Signature {
  ino: number;
  size: number;
  mtimeMs: number;
}

/** A regular file, or that something else lies there. */
export type Found = { content: Buffer; signature: Signature } | 'Other';

/**
 * Files below one directory, by open directories: no link below it is followed. Directories stay open until {@link close}.
 * Calls are made on this thread, which takes a tenth of the time: the directory has to be on a file system that answers. What
 * waits for the disk does so elsewhere.
 * @throws of every method: CcError `Refused` where a link or a file lies in the place of a directory; system errors.
 */
export class SiteFiles {
  readonly #root: string;
  readonly #open = new Map<string, DirectoryHandle>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Undefined where nothing is there. */
  async read(path: string): Promise<Found | undefined> {
    const place = await this.#place(path, 'Skip');
    const codes = ['ELOOP', 'ENXIO', 'ENODEV'] as const;
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    if (place === undefined || (await place.directory.lstat(place.name)) === undefined) return undefined;
    const file = orNothingNow(() => openSync(place.directory.pathOf(place.name), flags), 'ENOENT', ...codes);
    if (file === undefined) return 'Other';
    try {
      const stats = fstatSync(file);
      return stats.isFile() ? { content: readFileSync(file), signature: signatureOf(stats) } : 'Other';
    } finally {
      closeSync(file);
    }
  }

  /** Of a regular file; undefined where there is none. */
  async signature(path: string): Promise<Signature | undefined> {
    const place = await this.#place(path, 'Skip');
    const stats = await place?.directory.lstat(place.name);
    if (!stats?.isFile()) return undefined;
    return { ino: Number(stats.ino), size: Number(stats.size), mtimeMs: Number(stats.mtimeMs) };
  }

  /** Replaces a file as a whole; directories on the way are made. @throws CcError `NoSpace`, `NotFound` (the root is gone). */
  async replace(path: string, content: string | Uint8Array, durability: 'Synced' | 'Plain'): Promise<Signature> {
    const place = await this.#place(path, 'Make');
    if (place === undefined) throw new CcError('NotFound', `${this.#root} is gone`);
    const { directory, name } = place;
    try {
      const signature = await writeTemp(directory.pathOf(TEMP), content, durability);
      renameSync(directory.pathOf(TEMP), directory.pathOf(name));
      if (durability === 'Synced') await directory.sync();
      return signature;
    } catch (error) {
      throw translateNoSpace(error, `writing ${this.#root}/${path}`);
    }
  }

  /** Removes a regular file; absent, and anything else in its place, is success. */
  async remove(path: string): Promise<void> {
    const place = await this.#place(path, 'Skip');
    if (!(await place?.directory.lstat(place.name))?.isFile()) return;
    orNothingNow(() => unlinkSync(place?.directory.pathOf(place.name) ?? ''), 'ENOENT');
  }

  /** Removes a directory, if nothing but a write that was killed is left in it. */
  async removeEmpty(path: string): Promise<void> {
    await this.remove(`${path}/${TEMP}`);
    await this.#open.get(path)?.close();
    this.#open.delete(path);
    const place = await this.#place(path, 'Skip');
    const codes = ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'] as const;
    if (place !== undefined) orNothingNow(() => rmdirSync(place.directory.pathOf(place.name)), ...codes);
  }

  /** Closes what is open; what is asked next opens it again. */
  async close(): Promise<void> {
    const handles = [...this.#open.values()];
    this.#open.clear();
    for (const handle of handles) await handle.close();
  }

  async #place(
    path: string,
    absent: 'Skip' | 'Make',
  ): Promise<{ directory: DirectoryHandle; name: string } | undefined> {
    const parts = partsOf(this.#root, path);
    const name = parts.pop();
    if (name === undefined) throw new CcError('Refused', `"${path}" names nothing in ${this.#root}`);
    const directory = await this.#directory(parts, absent);
    return directory && { directory, name };
  }

  async #directory(parts: readonly string[], absent: 'Skip' | 'Make'): Promise<DirectoryHandle | undefined> {
    const key = parts.join('/');
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const opened =
      parts.length === 0 ? await DirectoryHandle.open(this.#root, DIRECT) : await this.#below(parts, absent);
    if (opened !== undefined) this.#open.set(key, opened);
    return opened;
  }

  async #below(parts: readonly string[], absent: 'Skip' | 'Make'): Promise<DirectoryHandle | undefined> {
    const parent = await this.#directory(parts.slice(0, -1), absent);
    const name = parts.at(-1) ?? '';
    const found = await parent?.openDirectory(name);
    if (found !== undefined || absent === 'Skip') return found;
    await parent?.makeDirectory(name);
    return await parent?.openDirectory(name);
  }
}

async function writeTemp(
  temp: Buffer,
  content: string | Uint8Array,
  durability: 'Synced' | 'Plain',
): Promise<Signature> {
  const create = (): number => openSync(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  const file =
    orNothingNow(create, 'EEXIST') ??
    (() => {
      unlinkSync(temp);
      return create();
    })();
  try {
    writeFileSync(file, content);
    if (durability === 'Synced') await whenSynced(file);
    return signatureOf(fstatSync(file));
  } finally {
    closeSync(file);
  }
}

function signatureOf({ ino, size, mtimeMs }: Stats): Signature {
  return { ino, size, mtimeMs: Math.trunc(mtimeMs) };
}
