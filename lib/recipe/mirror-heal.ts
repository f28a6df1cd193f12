import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../fs/exists.ts';
import type { Git } from './git.ts';

/** A look at all objects may take as long as a fetch of them, milliseconds. */
const LOOK_MS = 600_000;

/** The file that says that refs and objects may be on the disk in part. */
export function unsettledMark({ directory }: Pick<Git, 'directory'>): string {
  return join(directory, 'cc-ci-unsettled');
}

/**
 * Puts right what a killed git or a power cut left, before a mirror is used for the first time: locks, and a fetch that was
 * not on the disk as a whole. Idempotent.
 * @returns `Damaged`: what it says cannot be believed, it is to be made anew.
 */
export async function healMirror(git: Git, signal: AbortSignal): Promise<'Whole' | 'Absent' | 'Damaged'> {
  await removeLocks(git.directory);
  if (!(await exists(join(git.directory, 'HEAD')))) return 'Absent';
  await git.prepareHome();
  if (!(await exists(unsettledMark(git)))) return 'Whole';
  const looked = await git.result(['fsck', '--full', '--no-dangling', '--no-progress'], { signal, timeoutMs: LOOK_MS });
  if (looked.exitCode !== 0) return 'Damaged';
  await rm(unsettledMark(git), { force: true });
  return 'Whole';
}

async function removeLocks(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const locks = names.filter((name) => !/^(?:objects\/|cc-ci-index-)/.test(name) && name.endsWith('.lock'));
  await Promise.all(locks.map((name) => rm(join(directory, name), { force: true })));
}
