/** A cgroup of its own for each point: points of one state directory have the same instance, so the same names. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

let made = 0;

/** Where version 2 is mounted; undefined where it is not. */
export function cgroupMount(): string | undefined {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .findLast((one) => one.includes(' - cgroup2 '));
  return line?.split(' ')[4];
}

/** A new cgroup below that of this process; undefined where none can be made. */
export function makeCgroup(): string | undefined {
  const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  const mount = cgroupMount();
  if (own === undefined || mount === undefined) return undefined;
  made += 1;
  const path = join(mount, own, `cc-ci-faults.${process.pid}.${made}`);
  try {
    mkdirSync(path);
    return path;
  } catch {
    return undefined;
  }
}

/** Removes a cgroup with those below it; nothing runs in them any more. One that is busy stays. */
export function removeCgroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  try {
    rmdirSync(path);
  } catch {
    // the kernel may still be ending the last of its processes
  }
}
