import { CcError } from '../errors.ts';

/** A blob of a commit's tree. */
export interface TreeFile {
  path: string;
  bytes: number;
}

/** Far above any recipe; a tree beyond it is no recipe, or is meant to fill the disk. */
export const CHECKOUT_LIMITS = { files: 20_000, bytes: 512 * 1024 * 1024, pathBytes: 1024 } as const;

/**
 * Refuses to put a tree on disk that is beyond {@link CHECKOUT_LIMITS}. Pure.
 * @throws CcError `InvalidInput` with what is too much.
 */
export function assertCheckoutSize(commit: string, files: readonly TreeFile[]): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const long = files.find(({ path }) => Buffer.byteLength(path) > CHECKOUT_LIMITS.pathBytes);
  if (files.length > CHECKOUT_LIMITS.files) throw tooMuch(commit, `${files.length} files`, `${CHECKOUT_LIMITS.files}`);
  if (bytes > CHECKOUT_LIMITS.bytes) throw tooMuch(commit, `${bytes} bytes`, `${CHECKOUT_LIMITS.bytes}`);
  if (long) throw tooMuch(commit, `a path that begins with ${JSON.stringify(long.path.slice(0, 60))}`, '1024 bytes');
}

/** `git ls-tree -r -l -z` as a list; links and submodules are in it. Pure. */
export function treeFilesOf(listing: string): TreeFile[] {
  return listing.split('\0').flatMap((line) => {
    const [, size, path] = /^\d+ \w+ [0-9a-f]+ +(\d+|-)\t([\s\S]+)$/.exec(line) ?? [];
    return size === undefined || path === undefined ? [] : [{ path, bytes: size === '-' ? 0 : Number(size) }];
  });
}

function tooMuch(commit: string, what: string, limit: string): CcError {
  return new CcError('InvalidInput', `commit ${commit.slice(0, 10)} has ${what}, a recipe may have ${limit}`, {
    remedy: 'Keep what is no part of the recipe in another repository.',
  });
}
