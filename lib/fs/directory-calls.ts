import { type BigIntStats, fchmodSync, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { SmallFile } from './small-files.ts';

/** An open directory, as `FileHandle` has it. */
export interface OpenDirectory {
  readonly fd: number;
  stat(options: { bigint: true }): Promise<BigIntStats>;
  chmod(mode: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** How directories are asked. All throw system errors as they are. */
export interface DirectoryCalls {
  open(path: string | Buffer, flags: number): Promise<OpenDirectory>;
  /** Names in no order. */
  readdir(path: string): Promise<Buffer[]>;
  lstat(path: Buffer): Promise<BigIntStats>;
  /** Lets others of this program have their turn, where the calls themselves do not. */
  giveWay(): Promise<void>;
}

/** By the thread pool: what an app can reach may lie on a file system that does not answer. */
export const POOLED: DirectoryCalls = {
  open: (path, flags) => open(path, flags),
  readdir: (path) => readdir(path, { encoding: 'buffer' }),
  lstat: (path) => lstat(path, { bigint: true }),
  giveWay: async () => {},
};

/** On this thread, which takes a tenth of the time: for trees in the state directory. */
export const DIRECT: DirectoryCalls = {
  open: async (path, flags) => new DirectDirectory(openSync(path, flags)),
  readdir: async (path) => readdirSync(path, { encoding: 'buffer' }),
  lstat: async (path) => lstatSync(path, { bigint: true }),
  giveWay: () => new Promise((resolve) => setImmediate(resolve)),
};

class DirectDirectory extends SmallFile implements OpenDirectory {
  async stat(options: { bigint: true }): Promise<BigIntStats> {
    return fstatSync(this.fd, options);
  }

  async chmod(mode: number): Promise<void> {
    fchmodSync(this.fd, mode);
  }
}
