import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Directories below which a process of that cgroup may make cgroups, the best first: its own one, then the top of each
 * mount. Hybrid hosts mount version 2 beside version 1 (proc(5), cgroups(7)). Pure.
 * @param mountinfo text of /proc/self/mountinfo.
 * @param self text of /proc/self/cgroup.
 */
export function cgroupPlaces(mountinfo: string, self: string): string[] {
  const own = /^0::(\/.*)$/m.exec(self)?.[1];
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = before.split(' ').map(unescaped);
    return after.startsWith('cgroup2 ') ? [{ root, point }] : [];
  });
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
