import { AppHome } from '../../lib/app/app-home.ts';
import type { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import { readRestoreJournal, restoreUnfinished } from '../../lib/snapshot/restore-journal.ts';
import { siblingsOf } from '../../lib/snapshot/sibling-names.ts';
import type { CanonicalServices } from './services.ts';

/**
 * What operations left behind. `Unfinished`: a restore that never ended, or of which nobody can tell: the live
 * data may be half of a set.
 * `Litter`: asides and copies that nothing needs any more.
 */
export type Leavings = 'None' | 'Litter' | 'Unfinished';

/** Reads names only; writes nothing. To be asked while nobody holds the lease. */
export async function leavingsOf(
  { settings }: CanonicalServices,
  domain: string,
  volumes: readonly { path: string }[],
  knownGood: KnownGoodStore,
): Promise<Leavings> {
  const home = new AppHome(settings.stateDirectory, domain);
  if (await restoreUnfinished(home.directory)) return 'Unfinished';
  const journal = await readRestoreJournal(home.directory);
  const litter = journal !== undefined || (await litterBeside(home, volumes)).length > 0;
  return litter || (await knownGood.hasLitter()) ? 'Litter' : 'None';
}

/** Asides of restores, and copies that were never put in place, beside volumes, env and secrets. */
export async function litterBeside(home: AppHome, volumes: readonly { path: string }[]): Promise<string[]> {
  const live = [...volumes.map(({ path }) => path), home.envFile, home.secretsDirectory];
  const found = await Promise.all(live.map((path) => siblingsOf(path, 'aside', 'incoming', 'preparing')));
  return found.flat();
}
