import { join } from 'node:path';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import { findCanonical, isGoing } from '../../lib/app/enrolment.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import type { StoredObject } from '../../lib/store/store.ts';

/** A Canonical whose known-good a run works on, and its domain: as they were when the run first looked. */
export interface CanonicalPlace {
  name: string;
  uid: string;
  domain: string;
}

/** The object that has the data. Pure. */
export function keyOfPlace({ name }: CanonicalPlace): ObjectKey {
  return { kind: 'Canonical', name };
}

/** Where the Canonical's app is, by its claim, which no edit of its spec moves; undefined: it has claimed none. */
export async function claimedPlace(
  { store }: Pick<KindServices, 'store'>,
  { name, uid }: Pick<StoredObject, 'name' | 'uid'>,
): Promise<CanonicalPlace | undefined> {
  const claims = await store.claims.of({ kind: 'Canonical', name });
  const claim = claims.find((one) => one.uid === uid);
  return claim && { name, uid, domain: claim.domain };
}

/** Where the known-good of a recipe is, if it is enrolled. */
export async function placeOfRecipe(
  services: Pick<KindServices, 'store'>,
  recipe: string,
): Promise<CanonicalPlace | undefined> {
  const canonical = findCanonical(services.store.list('Canonical'), recipe);
  return canonical && (await claimedPlace(services, canonical));
}

/** The Canonical is there, the same, and not going. */
export function isEnrolled({ store }: Pick<KindServices, 'store'>, place: CanonicalPlace): boolean {
  const canonical = store.get({ kind: 'Canonical', name: place.name });
  return canonical !== undefined && canonical.uid === place.uid && !isGoing(canonical);
}

/** `canonicals/<name>` of a place. Pure. */
export function directoryOfPlace({ settings }: Pick<KindServices, 'settings'>, { name }: CanonicalPlace): string {
  return join(settings.stateDirectory, 'canonicals', name);
}

/** The known-good of a place. Pure. */
export function knownGoodOf(
  services: Pick<KindServices, 'settings' | 'setReader'>,
  place: CanonicalPlace,
): KnownGoodStore {
  return new KnownGoodStore({ directory: directoryOfPlace(services, place), reader: services.setReader });
}

/** The home of its app. Pure. */
export function homeOfPlace({ settings }: Pick<KindServices, 'settings'>, { domain }: CanonicalPlace): AppHome {
  return new AppHome(settings.stateDirectory, domain);
}
