import { mirrorName } from '../../lib/app/mirrors.ts';
import { CcError, explainError, hasCode } from '../../lib/errors.ts';
import type { CleanFate, CleanItem, CleanResult, CleanType } from '../../lib/janitor/clean-item.ts';
import { type CleanServices, isOrphan, namedThings } from './observe.ts';

interface Fate {
  result: CleanFate;
  message?: string;
}

type Act = (services: CleanServices, item: CleanItem, signal: AbortSignal) => Promise<Fate>;

const REMOVED: Fate = { result: 'Removed' };
const kept = (message: string): Fate => ({ result: 'Kept', message });

/** How each type goes. Each looks again whether it still may, and is idempotent. */
const ACTS: Readonly<Record<CleanType, Act>> = {
  App: removeApp,
  Artifacts: expireArtifacts,
  Mirror: removeMirror,
  Packs: packMirror,
  Image: removeImage,
  Data: async () => kept('it goes by itself'),
};

/** Does what was planned, one after the other; one that fails keeps none of the others. @throws CcError `Aborted`. */
export async function performClean(
  services: CleanServices,
  items: readonly CleanItem[],
  signal: AbortSignal,
): Promise<CleanResult[]> {
  const results: CleanResult[] = [];
  for (const item of items) {
    if (signal.aborted) throw new CcError('Aborted', 'the controller stops');
    results.push({ ...item, ...(await fateOf(services, item, signal)) });
  }
  return results;
}

async function fateOf(services: CleanServices, item: CleanItem, signal: AbortSignal): Promise<Fate> {
  if (item.afterMs !== undefined) return { result: 'Later' };
  const { type, id, what, why } = item;
  try {
    const fate = await ACTS[type](services, item, signal);
    if (fate.result === 'Removed') services.log.info('cleaned away', { type, id, what, why });
    return fate;
  } catch (error) {
    if (signal.aborted) throw error;
    const message = explainError(error);
    if (hasCode(error, 'Conflict')) return kept(message);
    services.log.warn('could not be cleaned away', { type, id, error: message });
    return { result: 'Failed', message };
  }
}

async function removeApp(services: CleanServices, { id: domain }: CleanItem, signal: AbortSignal): Promise<Fate> {
  const { store, platform } = services;
  const claim = await store.claims.get(domain);
  if (claim === undefined) return REMOVED;
  if (!store.complete() || !(await isOrphan(services, claim))) return kept('it is not an orphan any more');
  await platform.destroy({ domain }, signal);
  const left = await platform.leftovers({ domain }, signal);
  if (left.length > 0) return { result: 'Failed', message: `still there: ${left.join(', ')}` };
  await store.claims.release(domain, claim.uid);
  return REMOVED;
}

async function expireArtifacts({ holdings }: CleanServices, { id }: CleanItem, signal: AbortSignal): Promise<Fate> {
  for (const one of holdings.values()) await one.expire?.(id, signal);
  return REMOVED;
}

async function removeMirror(services: CleanServices, { id }: CleanItem, signal: AbortSignal): Promise<Fate> {
  const { mirrors, holdings, store } = services;
  const contents = await mirrors.contents(id, signal);
  if (contents === undefined) return REMOVED;
  const { sources } = await namedThings(holdings);
  const isNamed = sources.some(({ recipe, source }) => mirrorName(recipe, source) === id);
  if (isNamed || contents.keeps > 0 || !store.complete()) return kept('its source is needed again');
  await mirrors.remove(id);
  return REMOVED;
}

async function packMirror({ mirrors }: CleanServices, { id }: CleanItem, signal: AbortSignal): Promise<Fate> {
  await mirrors.pack(id, signal);
  return REMOVED;
}

async function removeImage(
  { platform, holdings, store }: CleanServices,
  { id }: CleanItem,
  signal: AbortSignal,
): Promise<Fate> {
  const { images } = platform;
  const named = await namedThings(holdings);
  const image = (await images?.list(named.images, signal))?.images.find((one) => one.id === id);
  if (images === undefined || image === undefined) return REMOVED;
  if (image.state !== 'Unused' || !store.complete()) return kept('it is used or named again');
  await images.remove(image, signal);
  return REMOVED;
}
