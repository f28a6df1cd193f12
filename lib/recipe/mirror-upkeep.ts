import { basename, dirname, join } from 'node:path';
import { renameDurable } from '../fs/durable.ts';
import { exists } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Git } from './git.ts';
import { KEPT } from './mirror-refs.ts';

/** What a mirror holds, in the words of `git count-objects`. Sizes in bytes. */
export interface MirrorContents {
  /** Commits that are kept under names of ours. */
  keeps: number;
  looseObjects: number;
  packs: number;
  bytes: number;
  /** Of loose objects, of those that are packed as well, and of garbage. */
  looseBytes: number;
}

/** A pack of a large repository takes minutes on a busy machine. */
const GC_TIMEOUT_MS = 1_800_000;
/** What a fetch has brought and no ref names yet is younger than this. */
const PRUNE = '--prune=2.weeks.ago';
const TRASH = '.trash-';

/** Counts; undefined where there is no mirror. Writes nothing. @throws CcError as `Git.text`. */
export async function mirrorContents(git: Git, signal: AbortSignal): Promise<MirrorContents | undefined> {
  if (!(await exists(join(git.directory, 'HEAD')))) return undefined;
  const counted = await git.text(['count-objects', '-v'], { signal });
  const of = (field: string): number => Number(new RegExp(`^${field}: (\\d+)$`, 'm').exec(counted)?.[1] ?? 0);
  const kept = await git.text(['for-each-ref', '--format=%(refname)', KEPT], { signal });
  const looseBytes = (of('size') + of('size-garbage')) * 1024;
  return {
    keeps: kept.split('\n').filter((line) => line !== '').length,
    looseObjects: of('count'),
    packs: of('packs'),
    bytes: looseBytes + of('size-pack') * 1024,
    looseBytes,
  };
}

/**
 * Packs a mirror anew. What refs name stays, those of ours among them, and so does what is younger than two weeks. While
 * nobody else writes to the mirror. Idempotent. @throws CcError as `Git.text`.
 */
export async function packMirror(git: Git, signal: AbortSignal): Promise<void> {
  await git.text(['gc', '--quiet', PRUNE], { signal, timeoutMs: GC_TIMEOUT_MS });
  await git.sync(git.directory, signal);
}

/** Removes a mirror: renamed first, so that a crash leaves a whole one or trash. Absent is success. */
export async function removeMirror(directory: string): Promise<void> {
  const trash = join(dirname(directory), `${TRASH}${basename(directory)}`);
  await removeTree(trash);
  if (await exists(directory)) await renameDurable(directory, trash);
  await removeTree(trash);
}
