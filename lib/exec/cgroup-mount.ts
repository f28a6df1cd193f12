import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Directories below which a process of that cgroup may make cgroups, the best first: its own one, then the top of each
 * mount. Hybrid hosts mount version 2 beside version 1 (proc(5), cgroups(7)). Pure.
 * @param mountinfo text of /proc/self/mountinfo.
 * @param self text of /proc/self/cgroup.
 */
export function cgroupPlaces(mountinfo: string, self: string): string[] {
  const own = /^0::(\/.*)$/m.exec(self)?.[1];
  const mounts = mountsOf(mountinfo, (after) => after.startsWith('cgroup2 '));
  const below = mounts.flatMap(({ root, point }) => {
    const path = own === undefined ? undefined : pathBelow(root, own);
    return path === undefined ? [] : [path === '/' ? point : join(point, path)];
  });
  return [...new Set([...below, ...mounts.map(({ point }) => point)])];
}

/** {@link cgroupPlaces} of this process; none where /proc is not there. */
export function ownCgroupPlaces(): string[] {
  try {
    return cgroupPlaces(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'));
  } catch {
    return [];
  }
}

/** A cgroup that may bound the memory of a process, and what its files are called. */
export interface MemoryCgroup {
  directory: string;
  /** `reclaimable`: the line of memory.stat with file cache that the kernel gives up first. */
  files: { limit: string; used: string; reclaimable: string };
}

const V2 = { limit: 'memory.max', used: 'memory.current', reclaimable: 'inactive_file' };
const V1 = { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', reclaimable: 'total_inactive_file' };

/** All cgroups that bound the memory of that process: its own, and those above it as far as they are mounted. Pure. */
export function memoryCgroups(mountinfo: string, self: string): MemoryCgroup[] {
  const own = {
    V2: /^0::(\/.*)$/m.exec(self)?.[1],
    V1: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(self)?.[1],
  };
  const v1 = mountsOf(mountinfo, (after) => /^cgroup \S+ (\S*,)?memory(,|$)/.test(after.trim()));
  const v2 = mountsOf(mountinfo, (after) => after.startsWith('cgroup2 '));
  return [
    ...v1.flatMap((mount) => upwards(mount, own.V1).map((directory) => ({ directory, files: V1 }))),
    ...v2.flatMap((mount) => upwards(mount, own.V2).map((directory) => ({ directory, files: V2 }))),
  ];
}

interface Mount {
  root: string;
  point: string;
}

/** `after`: file system type, source and options of a mount, see proc(5). */
function mountsOf(mountinfo: string, isWanted: (after: string) => boolean): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = before.split(' ').map(unescaped);
    return isWanted(after) ? [{ root, point }] : [];
  });
}

/** The directories of a cgroup and of all above it; only the top where the cgroup is not to be seen from there. */
function upwards({ root, point }: Mount, own: string | undefined): string[] {
  if (own === undefined) return [];
  const directories = [];
  for (let path = pathBelow(root, own) ?? '/'; path !== '/'; path = dirname(path)) directories.push(join(point, path));
  return [...directories, point];
}

/** A path of the hierarchy, seen from a mount that shows `root`; undefined where it is outside of that. */
function pathBelow(root: string, path: string): string | undefined {
  if (path.split('/').includes('..')) return undefined;
  if (root === '/') return path;
  if (path === root) return '/';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

/** Spaces and the like are octal there. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
