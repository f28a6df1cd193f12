import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { orNothingNow } from '../errors.ts';

/** A chain of directories that is deeper is nobody's home. */
const MOST_LEVELS = 100_000;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK;

/**
 * Whether an open directory of a process (`/proc/PID/cwd`, `/proc/PID/fd/N`) of which the path is too long to be told
 * lies in one of the directories, or is one: by climbing from it, parent by parent. False for anything but a directory,
 * and for what is gone or may not be opened. @throws other system errors of the one who looks (`EMFILE`).
 */
export function liesDeepIn(link: string, directories: readonly string[]): boolean {
  const wanted = directories.flatMap((one) => orNothing(() => statSync(one)) ?? []);
  let at = orNothing(() => openSync(link, DIRECTORY));
  for (let level = 0; at !== undefined && level < MOST_LEVELS; level += 1) {
    const above = climb(at, wanted);
    if (above === 'Found') return true;
    if (above === 'Top') return false;
    at = above;
  }
  if (at !== undefined) closeSync(at);
  return false;
}

/** Looks at one directory, closes it, and gives the one above it, open. */
function climb(at: number, wanted: readonly Stats[]): number | 'Found' | 'Top' {
  try {
    const here = fstatSync(at);
    if (wanted.some((one) => isSame(one, here))) return 'Found';
    const above = orNothing(() => openSync(`/proc/self/fd/${at}/..`, DIRECTORY));
    if (above === undefined) return 'Top';
    if (!isSame(fstatSync(above), here)) return above;
    closeSync(above);
    return 'Top';
  } finally {
    closeSync(at);
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function orNothing<T>(look: () => T): T | undefined {
  return orNothingNow(look, 'ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES', 'EPERM', 'ELOOP', 'ENXIO');
}
