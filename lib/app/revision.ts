import { namesIn } from '../fs/names-in.ts';
import type { Revision } from '../platform/platform.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import type { ResolvedCommit } from '../run-record/resolved.ts';
import type { AppHome } from './app-home.ts';

export interface CheckOutOptions {
  home: AppHome;
  mirror: RecipeMirror;
  /** What is to run. */
  resolved: ResolvedCommit;
  signal: AbortSignal;
}

/**
 * The app's own checkout of a commit, made unless it is there: a directory that an app runs from is never replaced.
 * @throws CcError as `RecipeMirror.checkout`.
 */
export async function checkOutRevision({ home, mirror, resolved, signal }: CheckOutOptions): Promise<Revision> {
  const { commit, version } = resolved;
  const directory = home.revisionDirectory(commit);
  if ((await namesIn(directory)).length === 0) await mirror.checkout(commit, directory, signal);
  return { commit, directory, repository: mirror.directory, ...(version === undefined ? {} : { version }) };
}
