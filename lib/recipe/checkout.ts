import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { assertCheckoutSize, treeFilesOf } from './checkout-limits.ts';
import type { Git } from './git.ts';

export interface CheckoutOptions {
  /** A commit that the repository has. */
  commit: string;
  directory: string;
  signal: AbortSignal;
}

/**
 * Makes `directory` exactly the files of the commit, replacing what was there; durable before it takes that place. Through an index of its own rather than
 * `git archive`, which leaves out and rewrites files as the recipe's attributes say. Links are kept wherever they
 * point; submodules are empty directories.
 * @throws CcError `InvalidInput` for a tree that no recipe has; see `checkout-limits.ts`.
 */
export async function checkoutCommit(git: Git, { commit, directory, signal }: CheckoutOptions): Promise<void> {
  const id = randomBytes(6).toString('hex');
  const fresh = `${directory}.new-${id}`;
  const index = join(git.directory, `cc-ci-index-${id}`);
  try {
    assertCheckoutSize(commit, treeFilesOf(await git.text(['ls-tree', '-r', '-l', '-z', commit], { signal })));
    await mkdir(fresh, { recursive: true });
    const call = { signal, cwd: fresh, env: { GIT_INDEX_FILE: index } };
    await git.text([`--work-tree=${fresh}`, 'read-tree', commit], call);
    await git.text([`--work-tree=${fresh}`, 'checkout-index', '--all', '--force'], call);
    await git.sync(fresh, signal);
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
