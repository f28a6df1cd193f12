import type { Volume } from '../platform/platform.ts';
import type { Compose } from '../recipe/compose-types.ts';
import {
  type Answer,
  type CanaryStore,
  type StoreKind,
  type StoreRef,
  storeName,
  type UnprovenStore,
} from './canary.ts';
import { ClientStore, type ExecWithin, type Surroundings } from './client-store.ts';
import { FileStore } from './file-store.ts';
import { pathInService } from './find-stores.ts';
import { type Recognised, recogniseImage } from './recognise.ts';

/** What an app looks like while its stores are spoken to. */
export interface CanaryPlace {
  /** Of what is deployed. */
  compose: Compose;
  volumes: readonly Volume[];
  surroundings: Surroundings;
  exec: ExecWithin;
}

/** What one look at all stores gives. */
export interface CanaryLook {
  found: StoreRef[];
  /** With the reason, for people. */
  lost: { store: StoreRef; why: string }[];
  /** They do not answer now. */
  silent: { store: StoreRef; why: string }[];
  unproven: UnprovenStore[];
}

/**
 * Plants the token in each store. One that keeps nothing is left out. A plant that is made again overwrites the first.
 * @throws CcError as {@link CanaryStore}.
 */
export async function plantCanaries(
  stores: readonly StoreRef[],
  token: string,
  place: CanaryPlace,
): Promise<CanaryLook> {
  return await each(stores, place, async (store, ref) => {
    const answer = await store.plant(token);
    if (store instanceof FileStore) ref.beside = [...store.beside];
    return answer;
  });
}

/** Looks for the token in each store. */
export async function lookForCanaries(
  stores: readonly StoreRef[],
  token: string,
  place: CanaryPlace,
): Promise<CanaryLook> {
  return await each(stores, place, (store) => store.look(token));
}

/** The same file stores with what lies beside their canaries now: after a restore every file is another one. */
export async function besideNow(stores: readonly StoreRef[], volumes: readonly Volume[]): Promise<StoreRef[]> {
  const now: StoreRef[] = [];
  for (const ref of stores) {
    const { kind, volume, path } = ref;
    if (kind !== 'files' || volume === undefined || path === undefined) now.push(ref);
    else now.push({ ...ref, beside: await new FileStore({ part: { volume, path }, volumes }).neighbours() });
  }
  return now;
}

/** Takes the canaries out of the stores: those in which none is left are `lost`, those in which one is are `found`. */
export async function removeCanaries(stores: readonly StoreRef[], place: CanaryPlace): Promise<CanaryLook> {
  return await each(stores, place, (store) => store.remove());
}

async function each(
  stores: readonly StoreRef[],
  place: CanaryPlace,
  ask: (store: CanaryStore, ref: StoreRef) => Promise<Answer>,
): Promise<CanaryLook> {
  const look: CanaryLook = { found: [], lost: [], silent: [], unproven: [] };
  for (const store of stores) {
    const ref = { ...store };
    const opened = openStore(ref, place);
    sort(look, ref, 'state' in opened ? opened : await ask(opened, ref));
  }
  return look;
}

function sort(look: CanaryLook, store: StoreRef, { state, why }: Answer): void {
  switch (state) {
    case 'Found':
      return void look.found.push(store);
    case 'Absent':
      return void look.lost.push({ store, why });
    case 'Silent':
      return void look.silent.push({ store, why });
    case 'Removed':
      return void look.unproven.push(unproven(store, 'CanaryRemoved', why));
    case 'Refused':
      return void look.unproven.push(unproven(store, 'StoreRefused', why));
    case 'NotKept':
  }
}

/** Pure. */
export function unproven(store: StoreRef, reason: UnprovenStore['reason'], why: string): UnprovenStore {
  return { store: storeName(store), reason, why, backedUp: store.backedUp };
}

/** A volume that no service mounts any more is out of the app's sight, whatever it still holds. */
function openStore(ref: StoreRef, place: CanaryPlace): CanaryStore | Answer {
  const { kind, service, volume, path = '.' } = ref;
  if (volume !== undefined && !isMounted(volume, place))
    return { state: 'Absent', why: `no service mounts volume ${volume} any more` };
  if (kind === 'files') {
    const beside = ref.beside === undefined ? {} : { beside: ref.beside };
    return new FileStore({ part: { volume: volume ?? '', path }, volumes: place.volumes, ...beside });
  }
  if (kind !== 'sqlite') return clientStore(kind, service, place);
  const file = pathInService(ref, place);
  if (file === undefined)
    return { state: 'Refused', why: `service ${service} does not mount volume ${volume} any more` };
  return new ClientStore({ kind, service, surroundings: place.surroundings, exec: place.exec, file });
}

/** A server under another name, or another image of the same kind, still has to have the data. */
function clientStore(
  kind: 'postgres' | 'mariadb' | 'redis',
  service: string,
  { compose, surroundings, exec }: CanaryPlace,
): CanaryStore | Answer {
  const same = compose.services.find(({ name }) => name === service);
  const heir = same ?? compose.services.find(({ image }) => isKind(recogniseImage(image), kind));
  if (heir) return new ClientStore({ kind, service: heir.name, surroundings, exec });
  return { state: 'Refused', why: `there is no service ${service} any more, nor another ${kind}` };
}

function isKind(recognised: Recognised, kind: StoreKind): boolean {
  return recognised !== 'Unknown' && 'kind' in recognised && recognised.kind === kind;
}

function isMounted(volume: string, { compose }: CanaryPlace): boolean {
  return compose.services.some((service) =>
    service.volumes.some(({ source, type }) => type === 'volume' && source === volume),
  );
}
