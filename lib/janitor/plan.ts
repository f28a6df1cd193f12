import { CLEAN_TYPES, type CleanItem, type CleanType } from './clean-item.ts';

const DAY_MS = 86_400_000;
/** What of a mirror is worth packing: so many objects of their own, or so many packs. */
const LOOSE_OBJECTS = 2_000;
const PACKS = 20;

/** A domain that is claimed by an attempt that is over. */
export interface SeenOrphan {
  domain: string;
  /** `Run/notes-1`. */
  owner: string;
}

/** Artifacts of a run that has ended and is torn down. */
export interface SeenArtifacts {
  uid: string;
  run: string;
  /** Reading of the running-time counter at the end of the run. */
  endedRunningMs: number;
  bytes?: number;
}

export interface SeenMirror {
  /** Its directory below `recipes/`. */
  name: string;
  /** Some object needs its source. */
  named: boolean;
  /** Commits that are kept in it, whatever the source does. */
  keeps: number;
  looseObjects: number;
  packs: number;
  /** Whole. */
  bytes: number;
  /** Of loose objects and of what git itself calls garbage. */
  looseBytes: number;
}

/** An image that no container and no service of the engine uses, and no object names. */
export interface SeenImage {
  id: string;
  names: readonly string[];
  bytes: number;
}

/** How full a disk is. */
export interface SeenDisk {
  usedPercent: number;
  totalBytes: number;
}

/** What waits for the end of its retention. */
export interface SeenLeaving {
  id: string;
  what: string;
  leftMs: number;
}

/** Everything that a plan is made from. Lists of what could not be read in full are absent: nothing of that sort goes. */
export interface CleanSeen {
  /** `Round`: the janitor looks by itself; images go only where their disk is too full. `Asked`: a person wants room. */
  occasion: 'Round' | 'Asked';
  runningMs: number;
  /** Reading at which an unused image or an unnamed mirror was first seen to be so, by `<type>/<id>`. */
  since: Readonly<Record<string, number>>;
  keepArtifacts: number;
  pruneAbovePercent: number;
  orphans?: readonly SeenOrphan[] | undefined;
  artifacts?: readonly SeenArtifacts[] | undefined;
  mirrors?: readonly SeenMirror[] | undefined;
  /** Those that nothing uses or names. */
  images?: readonly SeenImage[] | undefined;
  imageDisk?: SeenDisk | undefined;
  /** The one of the state directory. */
  stateDisk?: SeenDisk | undefined;
  leaving: readonly SeenLeaving[];
}

/** Key of an item in `since`. Pure. */
function sinceKey(type: CleanType, id: string): string {
  return `${type}/${id}`;
}

/** `since` after this look: what is not seen any more is forgotten, what could not be looked at stays as it was. Pure. */
export function sinceSeen({ since, runningMs, mirrors, images }: CleanSeen): Record<string, number> {
  const now = [
    ...(mirrors ?? []).filter(isIdle).map(({ name }) => sinceKey('Mirror', name)),
    ...(images ?? []).map(({ id }) => sinceKey('Image', id)),
  ];
  const isUnseen = (key: string): boolean =>
    (mirrors === undefined && key.startsWith('Mirror/')) || (images === undefined && key.startsWith('Image/'));
  const unseen = Object.keys(since).filter(isUnseen);
  return Object.fromEntries([...unseen, ...now].map((key) => [key, since[key] ?? runningMs]));
}

/**
 * What goes, and why, in the order in which it goes; what goes by itself later comes last. The one plan of the janitor's
 * rounds, of `ccctl doctor --clean`, and of its dry run. Pure.
 */
export function planClean(seen: CleanSeen): CleanItem[] {
  const items = [
    ...orphans(seen),
    ...artifacts(seen),
    ...mirrors(seen),
    ...packs(seen),
    ...images(seen),
    ...leaving(seen),
  ];
  const rank = ({ type, afterMs }: CleanItem): number =>
    CLEAN_TYPES.indexOf(type) + (afterMs === undefined ? 0 : CLEAN_TYPES.length);
  return items.sort((one, other) => rank(one) - rank(other));
}

/** Names of the disks that are fuller than `disk.pruneAbove`. Pure. */
export function fullDisks({ imageDisk, stateDisk, pruneAbovePercent }: CleanSeen): string[] {
  const isFull = (disk: SeenDisk | undefined): boolean => disk !== undefined && disk.usedPercent > pruneAbovePercent;
  return [...(isFull(imageDisk) ? ['the images'] : []), ...(isFull(stateDisk) ? ['the state directory'] : [])];
}

function orphans({ orphans: found = [] }: CleanSeen): CleanItem[] {
  return found.map(({ domain, owner }) => ({
    ...{ type: 'App', id: domain, what: `app ${domain}` },
    why: `the attempt of ${owner} that claims it is over`,
  }));
}

/** Those that are more than `keep`: the newest stay. Pure. */
export function surplus<One extends Pick<SeenArtifacts, 'uid' | 'endedRunningMs'>>(
  found: readonly One[],
  keep: number,
): One[] {
  const newest = found.toSorted(
    (one, other) => other.endedRunningMs - one.endedRunningMs || (one.uid < other.uid ? -1 : 1),
  );
  return newest.slice(keep);
}

function artifacts({ artifacts: found = [], keepArtifacts }: CleanSeen): CleanItem[] {
  const why = `the artifacts of ${keepArtifacts} later runs are kept (artifacts.keep)`;
  return surplus(found, keepArtifacts).map(({ uid, run, bytes }) => ({
    ...{ type: 'Artifacts', id: uid, what: `artifacts of run/${run}`, why },
    ...(bytes === undefined ? {} : { bytes }),
  }));
}

/** Nobody would fetch what a source has lost: a mirror with kept commits stays. */
function isIdle({ named, keeps }: SeenMirror): boolean {
  return !named && keeps === 0;
}

function mirrors(seen: CleanSeen): CleanItem[] {
  return (seen.mirrors ?? []).filter(isIdle).map(({ name, bytes }) => ({
    ...{ type: 'Mirror', id: name, what: `mirror ${name}`, bytes },
    ...{ why: 'no object has named its source for a day', ...afterADay(seen, sinceKey('Mirror', name)) },
  }));
}

function packs({ mirrors: found = [] }: CleanSeen): CleanItem[] {
  const scattered = found.filter((one) => !isIdle(one) && (one.looseObjects >= LOOSE_OBJECTS || one.packs >= PACKS));
  return scattered.map(({ name, looseBytes, looseObjects, packs: count }) => ({
    ...{ type: 'Packs', id: name, what: `objects of mirror ${name}`, bytes: looseBytes },
    why: `it has ${looseObjects} loose objects and ${count} packs; kept commits and what is newer than two weeks stay`,
  }));
}

/** In a round those that were unused the longest go, until the disk is no fuller than it may be; asked for, all of them. */
function images(seen: CleanSeen): CleanItem[] {
  const { occasion, imageDisk: disk, pruneAbovePercent, since, runningMs } = seen;
  const above = disk !== undefined && disk.usedPercent > pruneAbovePercent;
  if (occasion === 'Round' && !above) return [];
  const sinceOf = ({ id }: SeenImage): number => since[sinceKey('Image', id)] ?? runningMs;
  const oldest = (seen.images ?? []).toSorted((one, other) => sinceOf(one) - sinceOf(other) || other.bytes - one.bytes);
  const found = oldest.map((image) => ({
    ...{ type: 'Image' as const, id: image.id, what: `image ${image.names[0] ?? image.id}`, bytes: image.bytes },
    ...{ why: 'nothing has used it for a day, and no known-good, warm service or run names it' },
    ...afterADay(seen, sinceKey('Image', image.id)),
  }));
  if (occasion === 'Asked' || disk === undefined) return found;
  return enough(found, ((disk.usedPercent - pruneAbovePercent) / 100) * disk.totalBytes);
}

function enough(items: readonly CleanItem[], wantedBytes: number): CleanItem[] {
  const chosen: CleanItem[] = [];
  let bytes = 0;
  for (const item of items) {
    if (bytes >= wantedBytes) break;
    chosen.push(item);
    if (item.afterMs === undefined) bytes += item.bytes ?? 0;
  }
  return chosen;
}

function leaving({ leaving: found }: CleanSeen): CleanItem[] {
  return found.map(({ id, what, leftMs }) => ({
    ...{
      type: 'Data',
      id,
      what,
      why: 'its spec file is gone, and dataRetention is not over',
      afterMs: Math.max(0, leftMs),
    },
  }));
}

function afterADay({ since, runningMs }: CleanSeen, key: string): Pick<CleanItem, 'afterMs'> {
  const left = DAY_MS - (runningMs - (since[key] ?? runningMs));
  return left > 0 ? { afterMs: left } : {};
}
