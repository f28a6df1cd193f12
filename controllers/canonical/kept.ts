import { orElse } from '../../lib/errors.ts';
import { smallFiles } from '../../lib/fs/small-files.ts';
import { type FailedPromotion, readFailedPromotions } from '../../lib/known-good/failed-promotions.ts';
import type { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import { type Lease, readLease } from '../../lib/known-good/lease.ts';
import type { VolumesState } from '../../lib/known-good/volumes-state.ts';
import type { Manifest } from '../../lib/snapshot/manifest.ts';
import type { CanonicalFacts } from './plan.ts';

/** What lies in the directory of a canonical, `canonicals/<name>`. */
export interface KeptRecords {
  state: CanonicalFacts['knownGood'];
  /** Of the known-good, where there is one. */
  manifest?: Manifest;
  lease?: Lease | undefined;
  volumes: VolumesState;
  /** Newest first. */
  failedPromotions: readonly FailedPromotion[];
}

/**
 * Reads it. Where nothing was ever promoted there is no directory, and one look tells all of it.
 * @throws system errors as they are: nothing is concluded from them.
 */
export async function readKept(knownGood: KnownGoodStore): Promise<KeptRecords> {
  const { directory } = knownGood;
  if ((await smallFiles.lstat(directory)) === undefined)
    return { state: { state: 'Absent' }, volumes: { state: 'Unknown' }, failedPromotions: [] };
  return {
    ...(await readPointer(knownGood)),
    lease: await readLease(directory),
    volumes: await knownGood.volumesState(),
    failedPromotions: await readFailedPromotions(directory),
  };
}

async function readPointer(
  store: KnownGoodStore,
): Promise<{ state: CanonicalFacts['knownGood']; manifest?: Manifest }> {
  const pointer = await orElse(store.pointer(), 'Damaged', ({ message }) => message);
  if (pointer === undefined) return { state: { state: 'Absent' } };
  if (typeof pointer === 'string') return { state: { state: 'Unreadable', reason: pointer } };
  return { state: { state: 'Present', id: pointer.id }, manifest: pointer.manifest };
}
