/** Cgroups that a controller made, read from the file system of cgroups. */
import { join } from 'node:path';
import { namesIn, textOf } from './tree.ts';

/**
 * One line for each cgroup of an app or a command: `<instance>/<sort>/<name>`, and whether a process is in it. None where
 * version 2 is not mounted.
 */
export function cgroupsOf(): string[] {
  const mounts = (textOf('/proc/self/mountinfo') ?? '').split('\n').filter((line) => line.includes(' - cgroup2 '));
  const point = mounts.at(-1)?.split(' ')[4];
  if (point === undefined) return [];
  const below = (path: string): string[] => namesIn(join(point, path)).filter((name) => name.startsWith('_'));
  const instances = namesIn(point).filter((name) => name.startsWith('cc-ci.'));
  const line = (path: string): string => {
    const isPopulated = textOf(join(point, path, 'cgroup.events'))?.includes('populated 1') === true;
    return isPopulated ? `${path} with processes` : path;
  };
  return instances.flatMap((instance) =>
    below(instance).flatMap((sort) => below(`${instance}/${sort}`).map((name) => line(`${instance}/${sort}/${name}`))),
  );
}
