import {
  closeSync,
  fsync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { orNothing } from '../errors.ts';

const whenSynced = promisify(fsync);

/** A small file, or a directory, that is open. */
export class SmallFile {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  async writeFile(data: string | Uint8Array): Promise<void> {
    writeFileSync(this.fd, data);
  }

  /** Waits for the disk, elsewhere. */
  async sync(): Promise<void> {
    await whenSynced(this.fd);
  }

  async close(): Promise<void> {
    closeSync(this.fd);
  }
}

/**
 * The file system for files that are small, many and ours alone: records, their copies, their directories. Each call is
 * made at once, on this thread: what it asks the system for takes a few microseconds, the way through the thread pool a
 * hundred and more. Only what waits for the disk does so elsewhere. Not for what others write, nor for what may be large.
 * All throw system errors as they are.
 */
export const smallFiles = {
  async open(path: string, flags: 'r' | 'w' | 'wx', mode?: number): Promise<SmallFile> {
    return new SmallFile(openSync(path, flags, mode));
  },

  async readFile(path: string): Promise<string> {
    return readFileSync(path, 'utf8');
  },

  /** Undefined where nothing has the name; of a link what it is itself. */
  async lstat(path: string): Promise<Stats | undefined> {
    return lstatSync(path, { throwIfNoEntry: false });
  },

  /** Undefined where nothing is there. */
  async stat(path: string): Promise<Stats | undefined> {
    return statSync(path, { throwIfNoEntry: false });
  },

  async readlink(path: string): Promise<string> {
    return readlinkSync(path);
  },

  /** Names in no order. */
  async readdir(path: string): Promise<string[]> {
    return readdirSync(path);
  },

  async rename(from: string, to: string): Promise<void> {
    renameSync(from, to);
  },

  async link(from: string, to: string): Promise<void> {
    linkSync(from, to);
  },

  /** Absent is success. */
  async rm(path: string): Promise<void> {
    rmSync(path, { force: true });
  },

  /** With all that are missing above it. */
  async mkdir(path: string): Promise<void> {
    mkdirSync(path, { recursive: true });
  },
};

/** Opens a file for writing in a directory that is made when it is missing. */
export async function openIn(path: string, flags: 'w' | 'wx', mode: number): Promise<SmallFile> {
  const there = await orNothing(smallFiles.open(path, flags, mode), 'ENOENT');
  if (there !== undefined) return there;
  await smallFiles.mkdir(dirname(path));
  return await smallFiles.open(path, flags, mode);
}
