import type { AppPlan } from '../app/app-plan.ts';
import { backupPlan } from '../recipe/backup-labels.ts';
import { type Finding, finding } from './finding.ts';
import {
  allDataMounts,
  type DataMount,
  dataMounts,
  isWithin,
  mountsOf,
  type Pair,
  rawAt,
  servicesOfBoth,
} from './pair.ts';

/** Named volumes: gone, elsewhere, under another name, of another maker or driver, no longer writable. Pure. */
export function volumeFindings(pair: Pair): Finding[] {
  const before = volumeMounts(pair.from.plan);
  const after = volumeMounts(pair.to.plan);
  const used = [...new Set(before.map(({ source }) => source))];
  return used.flatMap((volume) => {
    const own = before.filter(({ source }) => source === volume);
    const later = after.filter(({ source }) => source === volume);
    if (later.length === 0) return [finding('VolumeGone', volume, `was mounted ${places(own)}; nothing mounts it now`)];
    return [...movedMounts(volume, own, later), ...otherVolume(volume, pair), ...readOnlyMounts(volume, own, later)];
  });
}

/** A new mount below a place where data stays: the app sees it empty there, though nothing is lost. Pure. */
export function hiddenFindings(pair: Pair): Finding[] {
  return servicesOfBoth(pair).flatMap(({ name, before, after }) => {
    const [was, is] = [mountsOf(pair.from.plan, before), mountsOf(pair.to.plan, after)];
    const known = new Set(was.map(({ target }) => target));
    const data = dataMounts(pair.from.plan, before).filter((mount) => is.some((one) => isSameMount(mount, one)));
    return is
      .filter(({ target }) => !known.has(target))
      .flatMap((mount) => {
        const under = data.find(({ target }) => isWithin(target, mount.target));
        if (under === undefined) return [];
        const what = `gets ${mount.type} ${mount.source}`.trim();
        return [
          finding('VolumeHidden', under.source, `service ${name} ${what} at ${mount.target}, inside ${under.target}`),
        ];
      });
  });
}

function isSameMount(a: DataMount, b: DataMount): boolean {
  return a.source === b.source && isSamePlace(a, b);
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
  const gone = before.filter((mount) => !after.some((later) => isSamePlace(mount, later)));
  if (gone.length === 0) return [];
  return [finding('VolumeMoved', volume, `was mounted ${places(gone)}; is mounted ${places(after)}`)];
}

function readOnlyMounts(volume: string, before: readonly DataMount[], after: readonly DataMount[]): Finding[] {
  const locked = before.filter((mount) => {
    const later = after.find((one) => isSamePlace(mount, one));
    return !mount.readOnly && later?.readOnly === true;
  });
  return locked.length === 0 ? [] : [finding('VolumeReadOnly', volume, `is read-only ${places(locked)}`)];
}

function isSamePlace(a: DataMount, b: DataMount): boolean {
  return a.service === b.service && a.target === b.target && a.subpath === b.subpath;
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

function places(mounts: readonly DataMount[]): string {
  return mounts
    .map(
      ({ service, target, subpath }) => `at ${target} of ${service}${subpath === '' ? '' : ` (its part ${subpath})`}`,
    )
    .join(', ');
}
