import { join } from 'node:path';
import type { CanonicalStatus, FailedSet, WarmServiceStatus } from '../api/generated/types.ts';
import { API_VERSION, type ObjectKey } from '../api/kinds.ts';
import { present } from '../api/objects.ts';
import { explainError, orElse } from '../errors.ts';
import { exists } from '../fs/exists.ts';
import { warmHome } from '../known-good/warm-home.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import { SetStore } from '../snapshot/set-store.ts';
import type { ObjectView } from './view.ts';

/**
 * How a set came to be. `Upgrade`: the data of a warm service from before an upgrade; `Failed`: what a rollback replaced;
 * `KnownGood`: what is known to be good of a canonical; `Superseded`: what was before.
 */
export type SetOrigin = 'Upgrade' | 'Failed' | 'KnownGood' | 'Superseded';

/** A set as its manifest shows it; nobody has read its data. */
export interface SetView {
  id: string;
  object: ObjectKey;
  origin: SetOrigin;
  /** `Incomplete`: being made, or left by a crash, without a manifest; `Damaged`: its manifest is none. */
  state: 'Complete' | 'Incomplete' | 'Damaged';
  path: string;
  /** Of a complete one. */
  manifest?: Manifest;
  /** Why it is damaged. */
  message?: string;
  /** Of a failed set: what it holds that nothing else does, and until when it is kept. */
  failed?: FailedSet;
}

/** The sets of these objects, the newest first; objects of kinds without sets have none. @throws system errors as they are. */
export async function readSets(stateDirectory: string, views: readonly ObjectView[]): Promise<SetView[]> {
  const found = await Promise.all(views.map((view) => setsOf(stateDirectory, view)));
  return found.flat().sort(newestFirst);
}

async function setsOf(stateDirectory: string, { object, status }: ObjectView): Promise<SetView[]> {
  if (object.kind === 'WarmService') {
    const { failedSets = [] } = (status ?? {}) as Partial<WarmServiceStatus>;
    const home = warmHome(stateDirectory, object.name);
    const failed = await listSets(home.failedSets, object, () => 'Failed');
    const facts = (id: string) => failedSets.find((one) => one.id === id);
    return [
      ...(await listSets(home.sets, object, () => 'Upgrade')),
      ...failed.map((set) => ({ ...set, ...present({ failed: facts(set.id) }) })),
    ];
  }
  if (object.kind !== 'Canonical') return [];
  const { knownGood } = (status ?? {}) as Partial<CanonicalStatus>;
  const store = new SetStore({ directory: join(stateDirectory, 'canonicals', object.name, 'generations') });
  return await listSets(store, object, (id) => (id === knownGood?.generation ? 'KnownGood' : 'Superseded'));
}

async function listSets(
  store: SetStore,
  { kind, name }: ObjectKey,
  originOf: (id: string) => SetOrigin,
): Promise<SetView[]> {
  const found: SetView[] = [];
  for (const id of await store.ids()) {
    const set = { id, object: { kind, name }, origin: originOf(id), path: join(store.directory, id) };
    const state = await stateOf(store, id);
    // One that was removed meanwhile is none.
    if (state.state !== 'Incomplete' || (await exists(set.path))) found.push({ ...set, ...state });
  }
  return found;
}

async function stateOf(store: SetStore, id: string): Promise<Pick<SetView, 'state' | 'manifest' | 'message'>> {
  const look = async (): Promise<Pick<SetView, 'state' | 'manifest'>> => {
    const manifest = await store.manifest(id);
    return manifest === undefined ? { state: 'Incomplete' } : { state: 'Complete', manifest };
  };
  return await orElse(look(), ['Damaged', 'InvalidInput', 'ENOTDIR'], (error) => ({
    state: 'Damaged' as const,
    message: explainError(error),
  }));
}

/** The set in the form of the API: what `get sets -o yaml` prints. Pure. */
export function setObject({ id, object, origin, state, path, manifest, message, failed }: SetView): object {
  const { createdTime, version, commit, recipe, domain, bytes, digest, volumes, parent, run } = manifest ?? {};
  return {
    apiVersion: API_VERSION,
    kind: 'Set',
    metadata: { name: id, ...present({ creationTimestamp: createdTime }) },
    object,
    origin,
    state,
    path,
    ...present({ message, version, commit, recipe, domain, bytes, digest, parent, run, volumes }),
    ...present({ lossWindow: failed?.lossWindow, expires: failed?.expires }),
  };
}

function newestFirst(a: SetView, b: SetView): number {
  const [left, right] = [a.manifest?.createdTime ?? '', b.manifest?.createdTime ?? ''];
  if (left !== right) return left > right ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
