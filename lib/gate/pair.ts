import { posix } from 'node:path';
import { isRecord } from '../api/objects.ts';
import type { AppPlan } from '../app/app-plan.ts';
import type { ComposeMount, ComposeService } from '../recipe/compose.ts';
import type { Finding } from './finding.ts';
import type { PlannedSide } from './side.ts';

/** What the rules compare. */
export interface Pair {
  from: PlannedSide;
  to: PlannedSide;
}

/** A rule over both ends; pure. */
export type PairRule = (pair: Pair) => Finding[];

/** A service that is there before and after. */
export interface ServicePair {
  name: string;
  before: ComposeService;
  after: ComposeService;
}

/** Services of both ends, by name. Pure. */
export function servicesOfBoth({ from, to }: Pair): ServicePair[] {
  const later = new Map(to.plan.compose.services.map((service) => [service.name, service]));
  return from.plan.compose.services.flatMap((before) => {
    const after = later.get(before.name);
    return after === undefined ? [] : [{ name: before.name, before, after }];
  });
}

/** A mount with what the rules ask of it; targets are normal paths without a final slash. */
export interface DataMount extends ComposeMount {
  service: string;
  /** Part of the volume that is mounted; empty: all of it. */
  subpath: string;
}

/** What of a service's mounts outlives its container: named volumes and paths of the host. Pure. */
export function dataMounts(plan: AppPlan, service: ComposeService): DataMount[] {
  return mountsOf(plan, service).filter(({ type, source }) => type !== 'tmpfs' && source !== '');
}

/** All mounts of a service, those of its `tmpfs` list included. Pure. */
export function mountsOf(plan: AppPlan, service: ComposeService): DataMount[] {
  const mounts = service.volumes.map((mount) => ({
    ...mount,
    service: service.name,
    target: normal(mount.target),
    subpath: subpathOf(plan, service.name, mount),
  }));
  const scratch = (service.tmpfs ?? []).map((item) => ({
    ...{ service: service.name, source: '', target: normal(item.split(':')[0] ?? ''), subpath: '' },
    ...{ type: 'tmpfs' as const, readOnly: false },
  }));
  return [...mounts, ...scratch];
}

/** Mounts that hold data over all services. Pure. */
export function allDataMounts(plan: AppPlan): DataMount[] {
  return plan.compose.services.flatMap((service) => dataMounts(plan, service));
}

/** Whether a service has data that it may write. Pure. */
export function writesData(plan: AppPlan, service: ComposeService): boolean {
  return dataMounts(plan, service).some((mount) => !mount.readOnly && !isOfTheSystem(mount));
}

/** A path of every host, which holds no data of the app: sockets, devices, what the kernel shows, the time. Pure. */
export function isOfTheSystem({ type, source }: ComposeMount): boolean {
  if (type !== 'bind') return false;
  return /^\/(?:proc|sys|dev|run|var\/run)(?:\/|$)|\.sock$|^\/etc\/(?:localtime|timezone)$/.test(source);
}

/** A key of a service as it is merged, for what the normal form leaves out. Pure. */
export function rawOf(plan: AppPlan, service: string, ...path: readonly string[]): unknown {
  return rawAt(plan, 'services', service, ...path);
}

/** What the merged files have at a path; undefined: nothing. Pure. */
export function rawAt({ compose }: AppPlan, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (isRecord(node) && Object.hasOwn(node, key) ? node[key] : undefined),
    compose.raw,
  );
}

/** The texts of a list, or the keys of a mapping; anything else is empty. Pure. */
export function textsIn(value: unknown): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : isRecord(value) ? Object.keys(value) : [];
  return items.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)));
}

function normal(path: string): string {
  const clean = posix.normalize(`/${path}`).replace(/^\/+/, '/');
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
}

function subpathOf(plan: AppPlan, service: string, mount: ComposeMount): string {
  const subpath = rawOf(plan, service, 'volumes', mount.target, 'volume', 'subpath');
  return typeof subpath === 'string' ? subpath : '';
}
