import {
  appendFileSync,
  closeSync,
  constants,
  type Dirent,
  fchownSync,
  fdatasync,
  fsync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { orNothing, orNothingNow } from '../errors.ts';
import { bytesAt, type Place } from './record-scan.ts';

const whenSynced = promisify(fsync);
const whenDataSynced = promisify(fdatasync);

/**
 * As Node has them; `overwrite` is `w` that leaves what is there, for {@link SmallFile.writeAt}, and `look` is `r` of what
 * somebody else put there: a pipe waits for no writer, a terminal becomes nobody's.
 */
type Flags = 'r' | 'look' | 'w' | 'wx' | 'overwrite';
const OWN_FLAGS: Readonly<Record<string, number>> = {
  overwrite: constants.O_WRONLY | constants.O_CREAT,
  look: constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
};

/** A small file, or a directory, that is open. */
export class SmallFile {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  async writeFile(data: string | Uint8Array): Promise<void> {
    writeFileSync(this.fd, data);
  }

  /** All of it, from that byte on. */
  async writeAt(data: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < data.length)
      written += writeSync(this.fd, data, written, data.length - written, position + written);
  }

  /** What is longer goes. */
  async truncate(length: number): Promise<void> {
    ftruncateSync(this.fd, length);
  }

  /** The bytes there; fewer where the file ends before. */
  async readAt(place: Place): Promise<Buffer> {
    return bytesAt(this.fd, place);
  }

  async chown({ uid, gid }: { uid: number; gid: number }): Promise<void> {
    fchownSync(this.fd, uid, gid);
  }

  /** Waits for the disk, elsewhere. */
  async sync(): Promise<void> {
    await whenSynced(this.fd);
  }

  /** As {@link sync}, of the content and what leads to it only. */
  async datasync(): Promise<void> {
    await whenDataSynced(this.fd);
  }

  async close(): Promise<void> {
    closeSync(this.fd);
  }
}

/**
 * The file system for files that are small, many and ours alone: records, their copies, their directories. Each call is
 * made at once, on this thread: what it asks the system for takes a few microseconds, the way through the thread pool a
 * hundred and more. Only what waits for the disk does so elsewhere. Not for what may be large.
 * All throw system errors as they are.
 */
export const smallFiles = {
  async open(path: string, flags: Flags, mode?: number): Promise<SmallFile> {
    return new SmallFile(openSync(path, OWN_FLAGS[flags] ?? flags, mode));
  },

  /** Undefined where nothing is there. */
  async readFile(path: string): Promise<string | undefined> {
    return whereThere(path, () => readFileSync(path, 'utf8'));
  },

  /** The file is made where it is missing. */
  async appendFile(path: string, text: string): Promise<void> {
    appendFileSync(path, text);
  },

  /** Undefined where nothing has the name; of a link what it is itself. */
  async lstat(path: string): Promise<Stats | undefined> {
    return lstatSync(path, { throwIfNoEntry: false });
  },

  /** Undefined where nothing is there. */
  async stat(path: string): Promise<Stats | undefined> {
    return statSync(path, { throwIfNoEntry: false });
  },

  /** Undefined where nothing has the name. */
  async readlink(path: string): Promise<string | undefined> {
    return whereThere(path, () => readlinkSync(path));
  },

  /** Names in no order; undefined where nothing is there. */
  async readdir(path: string): Promise<string[] | undefined> {
    return whereThere(path, () => readdirSync(path));
  },

  /** The same with their sorts. */
  async entries(path: string): Promise<Dirent[] | undefined> {
    return whereThere(path, () => readdirSync(path, { withFileTypes: true }));
  },

  async rename(from: string, to: string): Promise<void> {
    renameSync(from, to);
  },

  async link(from: string, to: string): Promise<void> {
    linkSync(from, to);
  },

  /** Absent is success. */
  async rm(path: string): Promise<void> {
    orNothingNow(() => unlinkSync(path), 'ENOENT');
  },

  /** With all that are missing above it; the first one that was made, undefined where none was missing. */
  async mkdir(path: string): Promise<string | undefined> {
    return mkdirSync(path, { recursive: true });
  },
};

/** An error costs several times what a look does that throws none, and most of what a pass asks for is not there. */
function whereThere<T>(path: string, read: () => T): T | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  return orNothingNow(read, 'ENOENT');
}

/** Opens a file for writing in a directory that is made when it is missing. */
export async function openIn(path: string, flags: Exclude<Flags, 'r' | 'look'>, mode: number): Promise<SmallFile> {
  const there = await orNothing(smallFiles.open(path, flags, mode), 'ENOENT');
  if (there !== undefined) return there;
  await smallFiles.mkdir(dirname(path));
  return await smallFiles.open(path, flags, mode);
}
