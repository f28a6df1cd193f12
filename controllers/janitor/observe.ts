import { statfs } from 'node:fs/promises';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { mirrorName } from '../../lib/app/mirrors.ts';
import { explainError, orNothing } from '../../lib/errors.ts';
import { treeSize } from '../../lib/fs/tree-size.ts';
import {
  type CleanSeen,
  type SeenArtifacts,
  type SeenDisk,
  type SeenMirror,
  type SeenOrphan,
  surplus,
} from '../../lib/janitor/plan.ts';
import type { KindHoldings, NamedThings } from '../../lib/runtime/holdings.ts';
import type { Claim } from '../../lib/store/store.ts';

export interface CleanSettings {
  stateDirectory: string;
  keepArtifacts: number;
  pruneAbovePercent: number;
}

export interface CleanServices extends Pick<KindServices, 'store' | 'platform' | 'mirrors' | 'clock' | 'log'> {
  /** By kind. */
  holdings: ReadonlyMap<string, KindHoldings>;
  settings: CleanSettings;
}

/** What a look is to find. `Claims`: of that alone, and of nothing that takes a child or an engine. */
export interface LookOptions {
  occasion: CleanSeen['occasion'];
  depth: 'Claims' | 'Daily' | 'Whole';
  since: CleanSeen['since'];
}

/** What was seen, and what people should know of the look itself. */
export interface CleanLook {
  seen: CleanSeen;
  notes: string[];
}

const NAMELESS: NamedThings = { sources: [], images: [] };
/** A tree is measured so far, and not further. */
const BOUNDS = { maxEntries: 20_000, maxMs: 500 };

/**
 * Looks at everything that may go; writes nothing. What cannot be read in full is left out, with a note: nothing of that sort
 * goes then. Until the specs were listed in full by this process nothing is seen at all.
 */
export async function lookForClean(
  services: CleanServices,
  options: LookOptions,
  signal: AbortSignal,
): Promise<CleanLook> {
  const { store, settings } = services;
  const { keepArtifacts, pruneAbovePercent } = settings;
  const { occasion, since, depth } = options;
  const notes: string[] = [];
  const bare = { occasion, since, runningMs: store.runningMs(), keepArtifacts, pruneAbovePercent, leaving: [] };
  if (!store.complete()) {
    const note = 'the spec files are not listed in full, or one cannot be read: nothing goes meanwhile';
    return { seen: bare, notes: [note] };
  }
  const part = async <T>(what: string, look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      if (signal.aborted) throw error;
      notes.push(`${what} stay as they are: ${explainError(error)}`);
      return undefined;
    }
  };
  const orphans = await part('apps', () => orphansOf(services, signal));
  if (depth === 'Claims') return { seen: { ...bare, orphans }, notes };
  const artifacts = await part('artifacts', () => artifactsOf(services, occasion, signal));
  const leaving = (await part('data', () => leavingOf(services))) ?? [];
  const named = await part('mirrors and images', () => namedThings(services.holdings));
  const mirrors =
    named && depth === 'Whole' ? await part('mirrors', () => mirrorsOf(services, named, signal)) : undefined;
  const held = named && (await part('images', async () => await services.platform.images?.list(named.images, signal)));
  if (held !== undefined && held.otherNodes > 0)
    notes.push(`images of ${held.otherNodes} other nodes are not looked at: prune them there`);
  const images = held?.images.filter(({ state }) => state === 'Unused');
  const { stateDirectory } = settings;
  const imageDisk = held && (await part('images', () => diskOf(held.directory ?? stateDirectory, stateDirectory)));
  const stateDisk = await part('disks', () => diskOf(stateDirectory, stateDirectory));
  return { seen: { ...bare, orphans, artifacts, leaving, mirrors, images, imageDisk, stateDisk }, notes };
}

/** Whether what is claimed is proven to be of nobody any more, by the kind of its owner. */
export async function isOrphan({ holdings }: Pick<CleanServices, 'holdings'>, claim: Claim): Promise<boolean> {
  return (await holdings.get(claim.kind)?.isOver?.(claim)) === true;
}

/** A claim whose owner cannot be read stays, and keeps none of the others. */
async function orphansOf(services: CleanServices, signal: AbortSignal): Promise<SeenOrphan[]> {
  const { store, platform, log } = services;
  await platform.apps(signal);
  const found: SeenOrphan[] = [];
  for (const claim of await store.claims.list()) {
    const { domain, kind, name } = claim;
    try {
      if (await isOrphan(services, claim)) found.push({ domain, owner: `${kind}/${name}` });
    } catch (error) {
      log.warn('could not tell whether a claim is an orphan', { domain, error: explainError(error) });
    }
  }
  return found;
}

async function artifactsOf(
  { holdings, settings, clock }: CleanServices,
  occasion: CleanSeen['occasion'],
  signal: AbortSignal,
): Promise<SeenArtifacts[]> {
  const found = (await Promise.all([...holdings.values()].map(async (one) => (await one.artifacts?.()) ?? []))).flat();
  const measured = new Set(occasion === 'Asked' ? surplus(found, settings.keepArtifacts).map(({ uid }) => uid) : []);
  const seen: SeenArtifacts[] = [];
  for (const { uid, name: run, directory, endedRunningMs } of found) {
    const size = measured.has(uid)
      ? await orNothing(treeSize(directory, { ...BOUNDS, clock }, signal), 'ENOENT')
      : undefined;
    seen.push({ uid, run, endedRunningMs, ...(size === undefined ? {} : { bytes: size.bytes }) });
  }
  return seen;
}

async function leavingOf({ holdings }: CleanServices) {
  return (await Promise.all([...holdings.values()].map(async (one) => (await one.leaving?.()) ?? []))).flat();
}

/** All that any object names. @throws what keeps one from being read. */
export async function namedThings(holdings: CleanServices['holdings']): Promise<NamedThings> {
  const found = await Promise.all([...holdings.values()].map(async (one) => (await one.named?.()) ?? NAMELESS));
  return { sources: found.flatMap(({ sources }) => sources), images: found.flatMap(({ images }) => images) };
}

/** One that cannot be read stays, and keeps none of the others. */
async function mirrorsOf(
  { mirrors, log }: CleanServices,
  { sources }: NamedThings,
  signal: AbortSignal,
): Promise<SeenMirror[]> {
  const named = new Set(sources.map(({ recipe, source }) => mirrorName(recipe, source)));
  const seen: SeenMirror[] = [];
  for (const name of await mirrors.names()) {
    try {
      const contents = await mirrors.contents(name, signal);
      if (contents !== undefined) seen.push({ name, named: named.has(name), ...contents });
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn('a mirror cannot be counted', { name, error: explainError(error) });
    }
  }
  return seen;
}

/** A directory of the engine may be in a file system that this process does not see. */
async function diskOf(directory: string, otherwise: string): Promise<SeenDisk> {
  const there = await orNothing(statfs(directory), 'ENOENT', 'ENOTDIR');
  const { blocks, bfree, bavail, bsize } = there ?? (await statfs(otherwise));
  const used = blocks - bfree;
  // As df(1): of what everybody may use.
  return { usedPercent: (100 * used) / Math.max(1, used + bavail), totalBytes: (used + bavail) * bsize };
}
