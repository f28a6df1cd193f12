import { CcError } from '../errors.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { shortPlace } from './join-inside.ts';

/** Directories above the current one that stay open; those further up are opened again through `..`. */
const OPEN_AT_ONCE = 64;

interface Level {
  name: Buffer;
  where: string;
  /** Device and inode, by which the directory is known again; looked up before it has to be closed. */
  identity?: string;
  /** Undefined once it had to be closed. */
  handle: DirectoryHandle | undefined;
}

/**
 * A way down a tree of any depth with a bounded number of open directories. The current directory is always one that was
 * reached from the start by names alone, without a link. Close it, always.
 */
export class Descent {
  readonly #levels: Level[];

  private constructor(start: Level) {
    this.#levels = [start];
  }

  /** Begins at an open directory, which the descent closes. */
  static async from(start: DirectoryHandle): Promise<Descent> {
    return new Descent(levelOf(start, Buffer.alloc(0)));
  }

  get current(): DirectoryHandle {
    const handle = this.#levels.at(-1)?.handle;
    if (handle === undefined) throw new CcError('Internal', 'the descent is closed');
    return handle;
  }

  /** Levels below the start. */
  get depth(): number {
    return this.#levels.length - 1;
  }

  /**
   * Goes into a directory of the current one.
   * @returns false where it is absent. @throws CcError `Refused` for a link and for what is no directory.
   */
  async enter(name: Buffer): Promise<boolean> {
    const handle = await this.current.openDirectory(name);
    return handle !== undefined && (await this.take(handle, name));
  }

  /** Goes into a directory of the current one that the caller has opened; the descent closes it. */
  async take(handle: DirectoryHandle, name: Buffer): Promise<true> {
    this.#levels.push(levelOf(handle, name));
    const far = this.#levels.at(-1 - OPEN_AT_ONCE);
    if (far?.handle === undefined) return true;
    far.identity = await identityOf(far.handle);
    const closing = far.handle;
    far.handle = undefined;
    await closing.close();
    return true;
  }

  /**
   * Goes back up. @returns the name of the directory that was left, in the one that is current now.
   * @throws CcError `Conflict` where that directory was moved meanwhile.
   */
  async leave(): Promise<Buffer> {
    const [parent, left] = this.#levels.slice(-2);
    if (parent === undefined || left?.handle === undefined) throw new CcError('Internal', 'there is no way up');
    parent.handle ??= await reopened(parent, left.handle);
    this.#levels.pop();
    await left.handle.close();
    return left.name;
  }

  async close(): Promise<void> {
    for (const level of this.#levels.splice(0)) await level.handle?.close();
  }
}

function levelOf(handle: DirectoryHandle, name: Buffer): Level {
  return { name, where: handle.where, handle };
}

async function identityOf(handle: DirectoryHandle): Promise<string> {
  const { dev, ino } = await handle.stat();
  return `${dev}:${ino}`;
}

async function reopened(level: Level, below: DirectoryHandle): Promise<DirectoryHandle> {
  const handle = await below.openParent(level.where);
  if (handle !== undefined && (await identityOf(handle)) === level.identity) return handle;
  await handle?.close();
  throw new CcError('Conflict', `${shortPlace(below.where)} was moved while it was walked`, {
    remedy: 'Something still changes the tree: see that the app is undeployed.',
  });
}
