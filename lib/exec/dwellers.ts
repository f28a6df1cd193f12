import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { liesDeepIn } from './deep-place.ts';
import { orAbsent, procText } from './process-table.ts';

/**
 * How a process lives in a directory: `Lives` is its working directory, root or program there, or a file there that is
 * open for writing; `Reads` a file that is open for reading alone, as a backup or a pager does in passing.
 */
export type Dwelling = 'Lives' | 'Reads';

/**
 * The directories as the kernel names them; one that was removed is still the directory of who lives in it. The root of
 * the file system, which everybody has, is left out: nobody lives there alone.
 */
export function realDirectories(directories: readonly string[]): string[] {
  return directories.map(realDirectory).filter((directory) => directory !== ROOT);
}

const ROOT = '/';

function realDirectory(directory: string): string {
  try {
    return realpathSync(directory);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '') || dirname(directory) === directory) throw error;
    return join(realDirectory(dirname(directory)), basename(directory));
  }
}

/**
 * How a process lives in one of the directories, as {@link realDirectories} gives them; undefined: not at all. A
 * process of another user is not seen, unless we are root. @throws system errors of the one who looks (`EMFILE`).
 */
export function dwellingOf(pid: number, directories: readonly string[]): Dwelling | undefined {
  const isInside = (name: string): boolean => {
    const link = `/proc/${pid}/${name}`;
    try {
      // A file that was removed is told as `/path (deleted)`.
      const path = orAbsent(() => readlinkSync(link));
      return path !== undefined && directories.some((one) => path === one || path.startsWith(`${one}/`));
    } catch (error) {
      // Anybody can open so deep a directory: nobody else's listing may fail for it.
      if (systemCode(error) === 'ENAMETOOLONG') return liesDeepIn(link, directories);
      throw error;
    }
  };
  if (['cwd', 'root', 'exe'].some(isInside)) return 'Lives';
  const open = (orAbsent(() => readdirSync(`/proc/${pid}/fd`)) ?? []).filter((fd) => isInside(`fd/${fd}`));
  if (open.some((fd) => isWritten(pid, fd))) return 'Lives';
  return open.length > 0 ? 'Reads' : undefined;
}

/** The two low bits of the flags are the mode of access (open(2)), in octal (proc(5)). */
function isWritten(pid: number, fd: string): boolean {
  const text = procText(pid, `fdinfo/${fd}`);
  const flags = /^flags:\s*([0-7]+)/m.exec(text ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}
