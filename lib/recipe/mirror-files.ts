import type { Git } from './git.ts';

/** What git has under one name of a directory. */
export interface DirectoryEntry {
  name: string;
  /** `Other`: a directory, a symbolic link or a submodule. */
  kind: 'File' | 'Other';
  /** Of the content: equal ids are equal bytes. */
  object: string;
  /** 0 where it is no file. */
  bytes: number;
}

interface TreeLine extends DirectoryEntry {
  isDirectory: boolean;
}

const LINE = /^(\d{6}) (\w+) ([0-9a-f]+) +(-|\d+)\t([\s\S]*)$/;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** True for a path that a commit may be asked for. */
export function isTreePath(path: string): boolean {
  return !/^\/|^$|\0/.test(path) && !path.split('/').includes('..');
}

/** A regular file of the commit as text; undefined where there is none of that name. @throws CcError as {@link Git.text}. */
export async function readTreeFile(
  git: Git,
  { commit, path }: { commit: string; path: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await lineOf(git, { commit, path }, signal);
  if (found?.kind !== 'File') return undefined;
  return git.text(['cat-file', 'blob', found.object], { signal, maxOutputBytes: MAX_FILE_BYTES });
}

/** The entries of a directory of the commit, in git's order; `Other` where the path is no directory; else `Absent`. */
export async function listTreeDirectory(
  git: Git,
  { commit, path }: { commit: string; path: string },
  signal: AbortSignal,
): Promise<DirectoryEntry[] | 'Absent' | 'Other'> {
  const found = await lineOf(git, { commit, path }, signal);
  if (found === undefined) return 'Absent';
  if (!found.isDirectory) return 'Other';
  const lines = await linesOf(git, [found.object], signal);
  return lines.map(({ isDirectory: _, ...entry }) => entry);
}

async function lineOf(
  git: Git,
  { commit, path }: { commit: string; path: string },
  signal: AbortSignal,
): Promise<TreeLine | undefined> {
  const lines = await linesOf(git, [commit, '--', path], signal);
  return lines.find(({ name }) => name === path);
}

async function linesOf(git: Git, args: readonly string[], signal: AbortSignal): Promise<TreeLine[]> {
  const text = await git.text(['ls-tree', '-z', '--long', '--full-tree', ...args], { signal });
  return text.split('\0').flatMap((line) => {
    const [, mode = '', type, object, bytes, name] = LINE.exec(line) ?? [];
    if (object === undefined || name === undefined) return [];
    const kind = mode.startsWith('100') ? 'File' : 'Other';
    return [{ name, kind, object, bytes: bytes === '-' ? 0 : Number(bytes), isDirectory: type === 'tree' }];
  });
}
