import type { Clock } from '../clock.ts';
import { CcError } from '../errors.ts';
import { namesIn } from '../fs/exists.ts';
import type { Platform, Revision, Volume } from '../platform/platform.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import type { ResolvedCommit } from '../run-record/run-files.ts';
import { restoreUnfinished } from '../snapshot/restore-journal.ts';
import type { AppHome } from './app-home.ts';
import type { CommittedApp } from './commit.ts';

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

/**
 * Deploys what was committed, unless a restore of the app's data is unfinished: its volumes would be half of one set.
 * @returns when it began, milliseconds since the epoch: a service that ends while others are still started counts too.
 * @throws CcError as `Platform.prepare` and `Platform.deploy`; `DataMissing` in mid-restore.
 */
export async function deployApp(
  { platform, clock }: { platform: Pick<Platform, 'prepare' | 'deploy'>; clock: Clock },
  home: AppHome,
  app: CommittedApp,
  signal: AbortSignal,
): Promise<number> {
  const unfinished = await restoreUnfinished(home.directory);
  if (unfinished)
    throw new CcError(
      'DataMissing',
      `the restore ${unfinished.id} of ${home.domain} is unfinished, a deploy would run on half of a set`,
    );
  const prepared = await platform.prepare(app.spec, app.revision, signal);
  const appliedMs = clock.now();
  await platform.deploy(prepared, signal);
  return appliedMs;
}

/** Undeploys, and asserts against the platform that nothing of the app runs. */
export async function takeDown(platform: Platform, domain: string, signal: AbortSignal): Promise<void> {
  await platform.undeploy({ domain }, signal);
  await assertGone(platform, domain, signal);
}

/** @throws CcError `Conflict` while a listing shows something of the app. */
export async function assertGone(platform: Platform, domain: string, signal: AbortSignal): Promise<void> {
  const { deployed } = await platform.observe({ domain }, signal);
  if (deployed) throw new CcError('Conflict', `${domain} is still deployed, its data cannot be copied or replaced`);
}

/**
 * The volumes of an app that is down, as two listings show them: what one old answer leaves out would be left out of a
 * set, or destroyed as not there. @throws CcError `Conflict` where the two differ.
 */
export async function volumesTwice(platform: Platform, domain: string, signal: AbortSignal): Promise<Volume[]> {
  const first = await platform.volumes({ domain }, signal);
  const second = await platform.volumes({ domain }, signal);
  const names = (volumes: readonly Volume[]): string => volumes.map(({ name }) => name).join('/');
  if (names(first) === names(second)) return first;
  throw new CcError(
    'Conflict',
    `two listings of the volumes of ${domain} differ: [${names(first)}], [${names(second)}]`,
  );
}
