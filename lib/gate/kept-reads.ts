import type { RecipeMirror } from '../recipe/mirror.ts';

type Reader = Pick<RecipeMirror, 'checkout' | 'listDirectory' | 'readFile'>;

/** Characters of files that are kept; what is more is read again. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/**
 * The mirror for one look at its versions: what was read of a commit is not read again. Steps to many versions have most of
 * their way in common, and a commit never changes. Faults are not kept.
 */
export function keptReads(mirror: Reader): Reader {
  const directories = new Map<string, Awaited<ReturnType<Reader['listDirectory']>>>();
  const files = new Map<string, string | undefined>();
  let characters = 0;
  return {
    checkout: (commit, directory, signal) => mirror.checkout(commit, directory, signal),
    async listDirectory(commit, path, signal) {
      const key = `${commit} ${path}`;
      const listed = directories.get(key) ?? (await mirror.listDirectory(commit, path, signal));
      directories.set(key, listed);
      return listed;
    },
    async readFile(commit, path, signal) {
      const key = `${commit} ${path}`;
      if (files.has(key)) return files.get(key);
      const text = await mirror.readFile(commit, path, signal);
      characters += text?.length ?? 0;
      if (characters <= MOST_CHARACTERS) files.set(key, text);
      return text;
    },
  };
}
