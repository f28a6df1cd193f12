import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orNothing } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { syncFiles } from '../fs/sync-files.ts';
import type { Git } from './git.ts';

export interface CheckoutOptions {
  /** A commit that the repository has. */
  commit: string;
  directory: string;
  /** The commit is known to be within {@link CHECKOUT_LIMITS}. */
  isSized?: boolean;
  signal: AbortSignal;
}

/**
 * Makes `directory` exactly the files of the commit, replacing what was there; durable before it takes that place. Through an index of its own rather than
 * `git archive`, which leaves out and rewrites files as the recipe's attributes say. Links are kept wherever they
 * point; submodules are empty directories.
 * @throws CcError `InvalidInput` for a tree that no recipe has: see {@link CHECKOUT_LIMITS}.
 */
export async function checkoutCommit(git: Git, options: CheckoutOptions): Promise<void> {
  const { commit, directory, isSized = false, signal } = options;
  const id = randomBytes(6).toString('hex');
  const fresh = `${directory}.new-${id}`;
  const index = join(git.directory, `cc-ci-index-${id}`);
  try {
    if (!isSized)
      assertCheckoutSize(commit, treeFilesOf(await git.text(['ls-tree', '-r', '-l', '-z', commit], { signal })));
    await mkdir(fresh, { recursive: true });
    const call = { signal, cwd: fresh, env: { GIT_INDEX_FILE: index } };
    await git.text([`--work-tree=${fresh}`, 'read-tree', '--reset', '-u', commit], call);
    if ((await syncFiles(fresh, signal)) === 'TooMany') await git.sync(fresh, signal);
    await replaceDirectory(fresh, directory, `${directory}.old-${id}`);
  } finally {
    await removeTree(fresh);
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

async function replaceDirectory(fresh: string, directory: string, old: string): Promise<void> {
  await orNothing(rename(directory, old), 'ENOENT');
  await rename(fresh, directory);
  await removeTree(old);
}

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
