import { posix } from 'node:path';
import { type BackupPart, backupParts } from '../app/backup-copy.ts';
import type { Volume } from '../platform/platform.ts';
import type { BackupPlan, BackupVolume } from '../recipe/backup-labels.ts';
import type { ComposeService } from '../recipe/compose-types.ts';
import { isIngressEnabled } from '../recipe/routers.ts';
import type { CanaryPlace } from './canaries.ts';
import type { StoreRef, UnprovenStore } from './canary.ts';
import { calledDatabase, isDerived, type Recognised, recogniseImage, recogniseServer } from './recognise.ts';
import { sqliteFiles } from './sqlite-files.ts';

export interface FindStoresOptions extends CanaryPlace {
  plan: BackupPlan;
  signal: AbortSignal;
}

export interface FoundStores {
  stores: StoreRef[];
  unproven: UnprovenStore[];
}

/**
 * The places of a deployed app that keep data. Only services with named volumes count, a Redis or a search index only
 * where it is backed up: elsewhere it is a cache. Files, those of SQLite too, count where they are backed up and are no
 * server's own. Writes nothing. @throws CcError as `exec`; system errors.
 */
export async function findStores(options: FindStoresOptions): Promise<FoundStores> {
  const found: FoundStores = { stores: [], unproven: [] };
  const taken = new Set<string>();
  for (const service of options.compose.services) {
    const mounted = volumesOf(service, options.volumes);
    if (mounted.length === 0 || service.replicas === 0) continue;
    const recognised = await recognise(service, options);
    if (recognised === 'Unknown') continue;
    for (const volume of mounted) taken.add(volume);
    note(found, { service: service.name, recognised, backedUp: isBackedUp(service, mounted, options.plan) });
  }
  found.stores.push(...(await sqliteStores(options, taken)), ...fileStores(options, taken));
  return found;
}

async function recognise(service: ComposeService, options: FindStoresOptions): Promise<Recognised> {
  const byImage = recogniseImage(service.image);
  if (byImage !== 'Unknown') return byImage;
  const running = await recogniseServer(service.name, options.surroundings, options.exec);
  // What people reach by a browser is an app, whatever its name ends in.
  const called = running === 'Unknown' && !isIngressEnabled(service) ? calledDatabase(service.image) : undefined;
  return called === undefined ? running : { unserved: called };
}

interface Noted {
  service: string;
  recognised: Exclude<Recognised, 'Unknown'>;
  backedUp: boolean;
}

function note({ stores, unproven }: FoundStores, { service, recognised, backedUp }: Noted): void {
  if ('unserved' in recognised) {
    if (isDerived(recognised.unserved) && !backedUp) return;
    const store = `${recognised.unserved}:${service}`;
    const why = `nothing here speaks to ${recognised.unserved}`;
    unproven.push({ store, reason: 'StoreNotRecognised', why, backedUp });
    return;
  }
  const { kind } = recognised;
  if (kind !== 'redis' || backedUp) stores.push({ kind, service, backedUp });
}

/** A pre-hook may save the data elsewhere than in the service's own volumes. */
function isBackedUp({ name }: ComposeService, mounted: readonly string[], plan: BackupPlan): boolean {
  if (!plan.enabled) return false;
  const saved = plan.volumes.some(({ volume }) => mounted.includes(volume));
  return saved || plan.services.some(({ service, preHook }) => service === name && preHook !== undefined);
}

/** Names of its volumes that exist. */
function volumesOf(service: ComposeService, volumes: readonly Volume[]): string[] {
  const names = new Set(volumes.map(({ name }) => name));
  return service.volumes.filter(({ type, source }) => type === 'volume' && names.has(source)).map((one) => one.source);
}

async function sqliteStores({ plan, volumes, signal }: FindStoresOptions, taken: Set<string>): Promise<StoreRef[]> {
  if (!plan.enabled) return [];
  const found: StoreRef[] = [];
  for (const saved of plan.volumes) {
    const { volume, service } = saved;
    const path = volumes.find(({ name }) => name === volume)?.path;
    if (path === undefined || taken.has(volume)) continue;
    const files = (await sqliteFiles(path, signal)).filter((file) => isSaved(file, saved, plan));
    found.push(...files.map((file): StoreRef => ({ kind: 'sqlite', service, backedUp: true, volume, path: file })));
  }
  return found;
}

/** By a path, or by a hook that may save it elsewhere. */
function isSaved(file: string, { paths, service }: BackupVolume, { services }: BackupPlan): boolean {
  if (paths === 'All' || services.some((one) => one.service === service && one.preHook !== undefined)) return true;
  return paths.some((path) => file === path || file.startsWith(`${path}/`));
}

function fileStores({ plan }: FindStoresOptions, taken: Set<string>): StoreRef[] {
  if (!plan.enabled) return [];
  const free = plan.volumes.filter(({ volume }) => !taken.has(volume));
  // A volume of which only dumps are saved has to outlive an upgrade as a whole.
  const roots = free.filter(({ paths }) => paths !== 'All');
  return [
    ...backupParts({ ...plan, volumes: free }).map((part) => fileStore(part, { plan, backedUp: true })),
    ...roots.map(({ volume }) => fileStore({ volume, path: '.' }, { plan, backedUp: false })),
  ];
}

function fileStore(part: BackupPart, { plan, backedUp }: { plan: BackupPlan; backedUp: boolean }): StoreRef {
  const service = plan.volumes.find(({ volume }) => volume === part.volume)?.service ?? part.volume;
  return { kind: 'files', service, backedUp, ...part };
}

/** Where a file of a volume is for a service that mounts it; undefined: it does not. Pure. */
export function pathInService(
  { volume, path, service }: Pick<StoreRef, 'volume' | 'path' | 'service'>,
  { compose, volumes, surroundings }: Pick<FindStoresOptions, 'compose' | 'volumes' | 'surroundings'>,
): string | undefined {
  const mount = compose.services
    .find(({ name }) => name === service)
    ?.volumes.find(({ source, type }) => type === 'volume' && source === volume);
  const root = surroundings === 'Host' ? volumes.find(({ name }) => name === volume)?.path : mount?.target;
  return mount === undefined || root === undefined ? undefined : posix.join(root, path ?? '.');
}
