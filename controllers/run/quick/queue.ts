import type { LeasePlace } from '../../../lib/known-good/lease-turns.ts';
import { directoryOfPlace, placeOfRecipe } from '../canonical-place.ts';
import { runSpec } from '../spec-changes.ts';
import type { RunPass } from '../stage.ts';
import { leaseWaiter } from './lease.ts';

/**
 * The place of a quick run that does not run yet among those who wait for the lease of its known-good; undefined: it may
 * start, or needs none.
 */
export async function leasePlace({
  services,
  object,
  journal,
  resolved,
}: Pick<RunPass, 'services' | 'object' | 'journal' | 'resolved'>): Promise<LeasePlace | undefined> {
  const { recipe, mode } = runSpec(object);
  if ((resolved?.mode ?? mode) !== 'Quick' || journal.cancel) return undefined;
  const place = await placeOfRecipe(services, recipe);
  if (!place) return undefined;
  const waiter = leaseWaiter(object, journal.attempts.length + 1);
  return await services.turns.ask(directoryOfPlace(services, place), waiter);
}
