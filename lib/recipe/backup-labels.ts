import { posix } from 'node:path';
import { backupLabelsOf, type ServiceBackup } from './backup-service.ts';
import type { Compose, ComposeService } from './compose-types.ts';

/** What the `backupbot` labels of a stack ask for, drafts 1 and 2 together. */
export interface BackupPlan {
  /** At least one service says `backupbot.backup=true`. */
  enabled: boolean;
  /** Services with hooks, in file order; commands as written, to be run by a shell in the service. */
  services: BackupHooks[];
  volumes: BackupVolume[];
  /** Mounted named volumes that labels leave out, sorted. */
  excluded: string[];
  /** One sentence each, sorted. */
  warnings: string[];
}

export type BackupHooks = ServiceBackup['hooks'] & { service: string };

export interface BackupVolume {
  volume: string;
  /** A service that mounts it, preferably one with backup labels. */
  service: string;
  /** Relative to the volume's root, sorted. */
  paths: string[] | 'All';
}

/**
 * Reads the deploy labels. A service with draft 1's `backupbot.backup.path` saves those container paths, mapped to its
 * volumes; any other labelled service saves every named volume that no label excludes. Pure.
 */
export function backupPlan(compose: Compose): BackupPlan {
  const all = compose.services.map((service) => ({ service, labels: backupLabelsOf(service) }));
  const active = all.filter(({ labels }) => labels.state !== 'Off');
  const enabled = all.some(({ labels }) => labels.state === 'On');
  const warnings = new Set(all.flatMap(({ labels }) => labels.warnings));
  if (!enabled) return { enabled, services: [], volumes: [], excluded: [], warnings: [...warnings].sort() };
  const picked = pickVolumes(all, warnings);
  const services = active.flatMap(({ service, labels }) => hooksOf(service.name, labels));
  const plan = { enabled, services, ...picked };
  for (const warning of backupQuality(compose, plan)) warnings.add(warning);
  const labelled = all.filter(({ labels }) => labels.state === 'On').map(({ service }) => service.name);
  if (labelled.length > 1)
    warnings.add(`backupbot.backup is set on several services (${labelled.join(', ')}); the draft wants one`);
  return { ...plan, warnings: [...warnings].sort() };
}

interface Labelled {
  service: ComposeService;
  labels: ServiceBackup;
}

function hooksOf(service: string, labels: ServiceBackup): BackupHooks[] {
  return Object.keys(labels.hooks).length === 0 ? [] : [{ service, ...labels.hooks }];
}

function pickVolumes(all: readonly Labelled[], warnings: Set<string>): Pick<BackupPlan, 'volumes' | 'excluded'> {
  const everything = all.some(({ labels }) => labels.state === 'On' && labels.containerPaths.length === 0);
  const names = [...new Set(all.flatMap(({ service }) => mountedVolumes(service)))];
  const volumes: BackupVolume[] = [];
  const excluded: string[] = [];
  for (const volume of names) {
    const users = all.filter(({ service }) => mountedVolumes(service).includes(volume));
    const owner = users.find(({ labels }) => labels.state === 'On') ?? users[0];
    const paths = pathsOf(volume, users, { all, everything, warnings });
    if (paths === undefined || owner === undefined) excluded.push(volume);
    else volumes.push({ volume, service: owner.service.name, paths });
  }
  warnLost(all, names, warnings);
  return { volumes, excluded: excluded.sort() };
}

interface PickContext {
  all: readonly Labelled[];
  /** Some service saves all volumes. */
  everything: boolean;
  warnings: Set<string>;
}

/** What of a volume is saved; undefined: nothing. */
function pathsOf(volume: string, users: readonly Labelled[], picking: PickContext): string[] | 'All' | undefined {
  const { all, everything, warnings } = picking;
  const rules = all.flatMap(({ labels }) => (labels.state === 'Off' ? [] : (labels.volumes.get(volume) ?? [])));
  if (rules.some((rule) => rule.excluded)) return undefined;
  if (users.every(({ labels }) => labels.state === 'Off')) return undefined;
  const listed = rules.flatMap((rule) => rule.paths);
  const context = { volume, users, warnings };
  if (listed.length > 0) return allOr(listed.flatMap((path) => insidePath(path, context) ?? []));
  const first = users.filter(({ labels }) => labels.state === 'On' && labels.containerPaths.length > 0);
  if (first.length > 0) {
    const mapped = first.flatMap(({ service, labels }) =>
      labels.containerPaths.flatMap((path) => mapPath(path, service, volume) ?? []),
    );
    return mapped.length > 0 ? allOr(mapped) : undefined;
  }
  return everything ? 'All' : undefined;
}

function allOr(paths: readonly string[]): string[] | 'All' | undefined {
  if (paths.includes('')) return 'All';
  return paths.length > 0 ? [...new Set(paths)].sort() : undefined;
}

/** Draft 2's path, relative to the volume; a leading slash or the container's mount prefix, both seen, are taken off. */
function insidePath(
  path: string,
  { volume, users, warnings }: { volume: string; users: readonly Labelled[]; warnings: Set<string> },
): string | undefined {
  if (path.startsWith('/')) {
    warnings.add(`the path "${path}" of volume ${volume} begins with a slash; it belongs to the volume's root`);
    const mapped = users.flatMap(({ service }) => mapPath(path, service, volume) ?? []);
    if (mapped[0] !== undefined) return mapped[0];
  }
  const clean = posix.normalize(`./${path.replace(/^\/+/, '')}`).replace(/\/$/, '');
  if (clean === '..' || clean.startsWith('../')) {
    warnings.add(`the path "${path}" of volume ${volume} leads out of it and is ignored`);
    return undefined;
  }
  return clean === '.' ? '' : clean;
}

/** A container path seen from a volume of the service: relative, empty for the whole volume; undefined elsewhere. */
function mapPath(path: string, service: ComposeService, volume: string): string | undefined {
  const wanted = posix.normalize(path).replace(/\/$/, '');
  const mounts = namedMounts(service).filter((mount) => below(mount.target, wanted) || below(wanted, mount.target));
  const deepest = mounts.toSorted((a, b) => b.target.length - a.target.length)[0];
  const mount = mounts.find(
    ({ source, target }) => source === volume && (target === deepest?.target || below(wanted, target)),
  );
  if (!mount) return undefined;
  return below(wanted, mount.target) ? '' : posix.relative(mount.target, wanted);
}

/** True where `path` is `root` or inside it. */
function below(root: string, path: string): boolean {
  const relative = posix.relative(root || '/', path || '/');
  return !relative.startsWith('..');
}

function warnLost(all: readonly Labelled[], names: readonly string[], warnings: Set<string>): void {
  for (const { service, labels } of all) {
    for (const volume of labels.volumes.keys()) {
      if (!names.includes(volume)) warnings.add(`a backup label of ${service.name} names the unknown volume ${volume}`);
    }
    for (const path of labels.containerPaths) {
      const found = mountedVolumes(service).some((volume) => mapPath(path, service, volume) !== undefined);
      if (!found) warnings.add(`the backup path ${path} of ${service.name} is in none of its volumes`);
    }
  }
}

function namedMounts(service: ComposeService): { source: string; target: string }[] {
  return service.volumes.filter((mount) => mount.type === 'volume' && mount.source !== '');
}

function mountedVolumes(service: ComposeService): string[] {
  return namedMounts(service).map((mount) => mount.source);
}

/** Images whose live data directory is no consistent copy. */
const DATABASE = /(?:^|\/)(?:postgres(?:ql)?|postgis|pgvector|mariadb|mysql|mongo|mongodb|percona)(?:[-:@]|$)/;

/** Warnings about a plan that may not bring data back, though the labels are in order. */
function backupQuality(compose: Compose, plan: Omit<BackupPlan, 'warnings'>): string[] {
  const warnings = compose.services
    .filter((service) => DATABASE.test(service.image) && service.volumes.length > 0)
    .filter((service) => !plan.services.some((hooks) => hooks.service === service.name && hooks.preHook))
    .map((service) => `${service.name} is a database without a backup pre-hook: its files are copied while it runs`);
  for (const { service, preHook, restorePreHook, restorePostHook } of plan.services) {
    if (preHook && !restorePreHook && !restorePostHook)
      warnings.push(`${service} has a backup pre-hook but no restore hook: what it makes is never read back`);
  }
  if (plan.volumes.length === 0 && plan.excluded.length > 0) warnings.push('every volume is left out of the backup');
  return warnings;
}
