import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { childEnv } from './scratch.ts';

/** A file system of that size at `path`, or false where this machine does not let us mount one. */
export function mountSmall(path: string, size: string): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', path], { env: childEnv, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Gives a mounted one another size. */
export function resizeSmall(path: string, size: string): void {
  execFileSync('mount', ['-o', `remount,${size}`, path], { env: childEnv });
}

export function unmount(path: string): void {
  execFileSync('umount', [path], { env: childEnv });
}
