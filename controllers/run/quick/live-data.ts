import { assertGone } from '../../../lib/app/deployment.ts';
import { coreutils } from '../../../lib/fs/coreutils.ts';
import type { PutBackOptions } from '../../../lib/known-good/reattach.ts';
import type { ReadyWayBackOptions } from '../../../lib/known-good/way-back.ts';
import { restoreUnfinished } from '../../../lib/snapshot/restore-journal.ts';
import { type CanonicalPlace, homeOfPlace, knownGoodOf } from '../canonical-place.ts';
import type { RunServices } from '../stage.ts';

/** A known-good and what of it is live. */
export interface LiveData {
  services: RunServices;
  place: CanonicalPlace;
  signal: AbortSignal;
}

/** Whether the live data is exactly the generation: by the journal, with all its volumes, and no restore half-way. */
export async function isClean({ services, place, signal }: LiveData, generation: string): Promise<boolean> {
  const knownGood = knownGoodOf(services, place);
  const state = await knownGood.volumesState();
  if (state.state !== 'Clean' || state.generation !== generation) return false;
  if (await restoreUnfinished(homeOfPlace(services, place).directory)) return false;
  const set = await knownGood.sets.get(generation);
  const there = new Set((await services.platform.volumes({ domain: place.domain }, signal)).map(({ name }) => name));
  return set?.manifest.volumes.every(({ name }) => there.has(name)) ?? false;
}

/** What putting a generation back takes. `operation`: one of its own for each time that it is put back. */
export function putBackOptions(
  { services, place, signal }: LiveData,
  id: string,
  operation: PutBackOptions['operation'],
): PutBackOptions {
  const { platform, limits } = services;
  return {
    platform,
    limits,
    knownGood: knownGoodOf(services, place),
    home: homeOfPlace(services, place),
    id,
    operation,
    assertUndeployed: () => assertGone(platform, place.domain, signal),
    tools: coreutils(services, signal),
  };
}

/** What the way back of a place is proven with: by the set, or by a sealed copy of it beside what is live. */
export async function wayBackOptions({ services, place, signal }: LiveData): Promise<ReadyWayBackOptions> {
  const volumes = await services.platform.volumes({ domain: place.domain }, signal);
  const { sets } = knownGoodOf(services, place);
  const live = { home: homeOfPlace(services, place), volumes };
  return { sets, ownerUid: place.uid, mirrors: services.mirrors, signal, live };
}
