import type { Clock } from '../clock.ts';
import { CcError } from '../errors.ts';
import type { Platform } from '../platform/platform.ts';
import { restoreUnfinished } from '../snapshot/restore-journal.ts';
import type { AppHome } from './app-home.ts';
import type { CommittedApp } from './commit.ts';

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
  if (unfinished) {
    throw new CcError(
      'DataMissing',
      `the restore ${unfinished.id} of ${home.domain} is unfinished, a deploy would run on half of a set`,
    );
  }
  const prepared = await platform.prepare(app.spec, app.revision, signal);
  const appliedMs = clock.now();
  await platform.deploy(prepared, signal);
  return appliedMs;
}
