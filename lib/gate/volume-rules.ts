import { posix } from 'node:path';
import type { AppPlan } from '../app/app-plan.ts';
import { backupPlan } from '../recipe/backup-labels.ts';
import { type Finding, finding } from './finding.ts';
import { allDataMounts, type DataMount, dataMounts, mountsOf, type Pair, rawAt, servicesOfBoth } from './pair.ts';

/** Named volumes: gone, elsewhere, under another name, of another maker or driver, no longer writable. Pure. */
export function volumeFindings(pair: Pair): Finding[] {
  const later = Map.groupBy(volumeMounts(pair.to.plan), ({ source }) => source);
  return [...Map.groupBy(volumeMounts(pair.from.plan), ({ source }) => source)].flatMap(([volume, before]) => {
    const after = later.get(volume);
    if (after === undefined)
      return [finding('VolumeGone', volume, `was mounted ${places(before)}; nothing mounts it now`)];
    return [
      ...movedMounts(volume, before, after),
      ...otherVolume(volume, pair),
      ...lockedMounts(volume, before, after),
    ];
  });
}

/** A new mount below a place where data stays: the app sees it empty there, though nothing is lost. Pure. */
export function hiddenFindings(pair: Pair): Finding[] {
  return servicesOfBoth(pair).flatMap(({ name, before, after }) => {
    const [was, is] = [mountsOf(pair.from.plan, before), mountsOf(pair.to.plan, after)];
    const known = new Set(was.map(({ target }) => target));
    const staying = new Set(is.map(mountKey));
    const data = dataMounts(pair.from.plan, before).filter((mount) => staying.has(mountKey(mount)));
    const places = new Map(data.map((mount) => [mount.target, mount]));
    return is.flatMap((mount) => {
      const under = known.has(mount.target) ? undefined : mountAbove(mount.target, places);
      if (under === undefined) return [];
      const what = `gets ${mount.type} ${mount.source}`.trim();
      return [
        finding('VolumeHidden', under.source, `service ${name} ${what} at ${mount.target}, inside ${under.target}`),
      ];
    });
  });
}

function mountAbove(target: string, places: ReadonlyMap<string, DataMount>): DataMount | undefined {
  for (let path = target; path !== '/'; path = posix.dirname(path)) {
    const found = places.get(posix.dirname(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Volumes that labels gave to the backup, and now do not. Pure. */
export function backupFindings({ from, to }: Pair): Finding[] {
  const kept = new Set(volumeMounts(to.plan).map(({ source }) => source));
  const saved = new Set(backupPlan(to.plan.compose).volumes.map(({ volume }) => volume));
  return backupPlan(from.plan.compose)
    .volumes.filter(({ volume }) => kept.has(volume) && !saved.has(volume))
    .map(({ volume, service }) => finding('BackupGone', volume, `labels of service ${service} gave it to the backup`));
}

function volumeMounts(plan: AppPlan): DataMount[] {
  return allDataMounts(plan).filter(({ type }) => type === 'volume');
}

function movedMounts(volume: string, before: readonly DataMount[], after: readonly DataMount[]): Finding[] {
  const staying = new Set(after.map(mountKey));
  const gone = before.filter((mount) => !staying.has(mountKey(mount)));
  if (gone.length === 0) return [];
  return [finding('VolumeMoved', volume, `was mounted ${places(gone)}; is mounted ${places(after)}`)];
}

function lockedMounts(volume: string, before: readonly DataMount[], after: readonly DataMount[]): Finding[] {
  const open = new Set(before.filter(({ readOnly }) => !readOnly).map(mountKey));
  const locked = after.filter((mount) => mount.readOnly && open.has(mountKey(mount)));
  return locked.length === 0 ? [] : [finding('VolumeReadOnly', volume, `is read-only ${places(locked)}`)];
}

/** What is mounted where. */
function mountKey({ service, source, target, subpath }: DataMount): string {
  return [service, source, target, subpath].join('\0');
}

function otherVolume(key: string, { from, to }: Pair): Finding[] {
  const [before, after] = [volumeOf(from.plan, key), volumeOf(to.plan, key)];
  const found: Finding[] = [];
  if (before.external !== after.external) {
    const maker = after.external ? 'somebody else has to make it' : 'the stack makes one of its own';
    found.push(finding('VolumeExternal', key, `${maker} from now on`));
  } else if (before.name !== after.name)
    found.push(finding('VolumeRenamed', key, `was ${before.name}, is ${after.name}`));
  if (before.driver !== after.driver) found.push(finding('VolumeDriver', key, 'has another driver or other options'));
  return found;
}

function volumeOf(plan: AppPlan, key: string): { external: boolean; name: string; driver: string } {
  const { external = false, name } = plan.compose.volumes[key] ?? {};
  const options = rawAt(plan, 'volumes', key, 'driver_opts') ?? {};
  return {
    external,
    name: name || (external ? key : `${plan.compose.stackName}_${key}`),
    driver: `${rawAt(plan, 'volumes', key, 'driver') || 'local'} ${sorted(options)}`,
  };
}

function sorted(options: unknown): string {
  return JSON.stringify(Object.entries(options ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** So many are told; the rest is counted. */
const MOST_PLACES = 5;

function places(mounts: readonly DataMount[]): string {
  const told = mounts
    .slice(0, MOST_PLACES)
    .map(
      ({ service, target, subpath }) => `at ${target} of ${service}${subpath === '' ? '' : ` (its part ${subpath})`}`,
    );
  const more = mounts.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
