import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, readlink } from 'node:fs/promises';
import { type AnyCode, CcError, orElse, orNothing } from '../errors.ts';
import { type DirectoryCalls, type OpenDirectory, POOLED } from './directory-calls.ts';
import { printablePath, shortPlace } from './join-inside.ts';

const DOT = 0x2e;
const SLASH = 0x2f;
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * An open directory. What is asked of it by name is asked of this very directory, wherever a path may lead by now: each
 * call goes through `/proc/self/fd/N/name` and follows no link. Close it, always.
 */
export class DirectoryHandle {
  /** Where it was found, for messages. */
  readonly where: string;
  readonly #calls: DirectoryCalls;
  readonly #handle: OpenDirectory;
  readonly #prefix: Buffer;

  private constructor(calls: DirectoryCalls, handle: OpenDirectory, where: string) {
    this.#calls = calls;
    this.#handle = handle;
    this.#prefix = Buffer.from(`/proc/self/fd/${handle.fd}/`);
    this.where = where;
  }

  /**
   * Opens a directory that is ours, wherever links on the way to it lead.
   * @param calls how it, and what is opened through it, is asked.
   * @returns undefined where it is absent. @throws CcError `Refused` (no directory); system errors as they are.
   */
  static async open(path: string, calls: DirectoryCalls = POOLED): Promise<DirectoryHandle | undefined> {
    const handle = await refusing(calls.open(path, O_RDONLY | O_DIRECTORY), () => path);
    return handle === undefined ? undefined : new DirectoryHandle(calls, handle, path);
  }

  /** The path by which this process, and a child with it as working directory, reaches the directory while it is open. */
  get path(): string {
    return `/proc/self/fd/${this.#handle.fd}`;
  }

  /** Of an entry, for a call to the system that follows no link at the end. @throws CcError `Refused`: no plain name. */
  pathOf(name: Buffer | string): Buffer {
    return Buffer.concat([this.#prefix, this.#plain(name)]);
  }

  /** Names of all entries, in byte order. */
  async entries(): Promise<Buffer[]> {
    return (await this.#calls.readdir(this.path)).sort(Buffer.compare);
  }

  /** Called between looks at many entries. */
  async giveWay(): Promise<void> {
    await this.#calls.giveWay();
  }

  /** Names as the system gives them, a few hundred at a time, for directories of any size; `.` and `..` left out. */
  async *names(): AsyncGenerator<Buffer> {
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 256 };
    for await (const { name } of await opendir(this.path, options)) yield name as unknown as Buffer;
  }

  /** Facts of the directory itself. */
  async stat(): Promise<BigIntStats> {
    return await this.#handle.stat({ bigint: true });
  }

  /** Facts of an entry, a link's own; undefined where it is absent. */
  async lstat(name: Buffer | string): Promise<BigIntStats | undefined> {
    return await orNothing(this.#calls.lstat(this.pathOf(name)), 'ENOENT');
  }

  /** Where a link points; undefined where there is none, or something else by now. */
  async readlink(name: Buffer | string): Promise<Buffer | undefined> {
    return await orNothing(readlink(this.pathOf(name), { encoding: 'buffer' }), 'ENOENT', 'EINVAL');
  }

  /** @returns undefined where it is absent. @throws CcError `Refused` for a link and for what is no directory. */
  async openDirectory(name: Buffer | string): Promise<DirectoryHandle | undefined> {
    return await this.#openAt(this.pathOf(name), () => this.whereOf(name));
  }

  /**
   * Opens a regular file for reading; never waits for the other end of a FIFO.
   * @returns undefined where it is absent. @throws CcError `Refused` for a link and for what is no regular file.
   */
  async openFile(name: Buffer | string): Promise<FileHandle | undefined> {
    const handle = await this.openAny(name);
    if (handle === undefined) return undefined;
    try {
      if ((await handle.stat()).isFile()) return handle;
      throw new CcError('Refused', `${shortPlace(this.whereOf(name))} is no regular file`);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * {@link openFile} without the look at what was opened: it may be a device. For who only compares what it reads.
   * @returns undefined where it is absent. @throws CcError `Refused` for a link.
   */
  async openAny(name: Buffer | string): Promise<FileHandle | undefined> {
    return await refusing(open(this.pathOf(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK), () => this.whereOf(name));
  }

  /** The place of an entry, for messages. */
  whereOf(name: Buffer | string): string {
    return `${this.where}/${printablePath(Buffer.from(name as string))}`;
  }

  /** Gives the owner all rights to the directory; somebody else's is left as it is. */
  async makeOurs(): Promise<void> {
    const { mode } = await this.stat();
    if ((mode & 0o700n) !== 0o700n) await orNothing(this.#handle.chmod(0o700), 'EPERM');
  }

  /** The directory in which this one lies now, with its own place for messages. */
  async openParent(where: string): Promise<DirectoryHandle | undefined> {
    return await this.#openAt(Buffer.from(`${this.path}/..`), () => where);
  }

  /** Creates a directory; one that is there, or anything else, is success. */
  async makeDirectory(name: Buffer | string): Promise<void> {
    await orNothing(mkdir(this.pathOf(name)), 'EEXIST');
  }

  /** Makes created, renamed and removed entries durable. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #plain(name: Buffer | string): Buffer {
    const bytes = typeof name === 'string' ? Buffer.from(name) : name;
    const dots = bytes.length <= 2 && bytes.every((byte) => byte === DOT);
    if (!dots && !bytes.includes(SLASH) && !bytes.includes(0)) return bytes;
    throw new CcError('Refused', `${printablePath(bytes)} is no plain name of an entry of ${shortPlace(this.where)}`);
  }

  async #openAt(path: Buffer, where: () => string): Promise<DirectoryHandle | undefined> {
    const handle = await refusing(this.#calls.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), where);
    return handle === undefined ? undefined : new DirectoryHandle(this.#calls, handle, where());
  }
}

/** What an open says of a link (ELOOP, or ENOTDIR where a directory is wanted), a socket and a device without driver. */
const NOT_WANTED: readonly AnyCode[] = ['ELOOP', 'ENOTDIR', 'ENXIO', 'ENODEV'];

async function refusing<T>(opening: Promise<T>, where: () => string): Promise<T | undefined> {
  return await orElse(orNothing(opening, 'ENOENT'), NOT_WANTED, (cause) => {
    throw new CcError('Refused', `${shortPlace(where())} is a link, or not what is read here: it is not followed`, {
      cause,
      remedy: 'See what put it there; a path below data of an app or a recipe leads through directories only.',
    });
  });
}
