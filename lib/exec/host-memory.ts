import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { type MemoryCgroup, memoryCgroups } from './cgroup-mount.ts';

/** Memory of the host, or of the narrowest cgroup that this process lives in, where that is less. */
export interface MemoryRoom {
  availableBytes: number;
  totalBytes: number;
}

/** What new work may take of memory. */
export interface HostMemory {
  /** Undefined where the host does not tell. @throws system errors as they are. */
  read(): Promise<MemoryRoom | undefined>;
}

/** By /proc/meminfo (proc(5)) and the limits of cgroups; `root` is where `/` is. */
export class ProcMemory implements HostMemory {
  readonly #root: string;

  constructor(root = '/') {
    this.#root = root;
  }

  async read(): Promise<MemoryRoom | undefined> {
    const [meminfo = '', mountinfo = '', self = ''] = await Promise.all(
      ['proc/meminfo', 'proc/self/mountinfo', 'proc/self/cgroup'].map((path) => this.#text(path)),
    );
    const host = hostRoom(meminfo);
    if (host === undefined) return undefined;
    const limits = await Promise.all(memoryCgroups(mountinfo, self).map((cgroup) => this.#limitOf(cgroup)));
    const rooms = [host, ...limits.filter((room) => room !== undefined)];
    return {
      availableBytes: Math.min(...rooms.map(({ availableBytes }) => availableBytes)),
      totalBytes: Math.min(...rooms.map(({ totalBytes }) => totalBytes)),
    };
  }

  async #limitOf({ directory, files }: MemoryCgroup): Promise<MemoryRoom | undefined> {
    const [limit, used, stat = ''] = await Promise.all(
      [files.limit, files.used, 'memory.stat'].map((name) => this.#text(join(directory, name))),
    );
    const [totalBytes, usedBytes] = [Number(limit), Number(used)];
    // Without a limit: `max`, or in version 1 a number near 2^63.
    if (limit === undefined || !Number.isSafeInteger(totalBytes) || !Number.isSafeInteger(usedBytes)) return undefined;
    const reclaimable = Number(new RegExp(`^${files.reclaimable} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
    return { totalBytes, availableBytes: Math.max(0, totalBytes - usedBytes + reclaimable) };
  }

  /** A cgroup that has no such file has no such limit. */
  async #text(path: string): Promise<string | undefined> {
    return await orNothing(readFile(join(this.#root, path), 'utf8'), 'ENOENT', 'ENOTDIR', 'ENODEV');
  }
}

function hostRoom(meminfo: string): MemoryRoom | undefined {
  const [availableBytes, totalBytes] = ['MemAvailable', 'MemTotal'].map((field) => {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  });
  return availableBytes === undefined || totalBytes === undefined ? undefined : { availableBytes, totalBytes };
}
