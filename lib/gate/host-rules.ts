import { isRecord } from '../api/objects.ts';
import type { AppPlan } from '../app/app-plan.ts';
import { type Finding, finding } from './finding.ts';
import { allDataMounts, type DataMount, isOfTheSystem, type Pair, rawOf, servicesOfBoth, textsIn } from './pair.ts';

/** Paths of the host: wanted anew, or left behind with what was written there. Pure. */
export function hostPathFindings({ from, to }: Pair): Finding[] {
  const [before, after] = [binds(from.plan), binds(to.plan)];
  const known = new Set(before.map(({ source }) => source));
  const added = after.filter((mount) => !known.has(mount.source) && !isSafe(mount));
  const staying = new Set(after.map(bindKey));
  const left = before.filter((mount) => !mount.readOnly && !isOfTheSystem(mount) && !staying.has(bindKey(mount)));
  return [
    ...added.map(({ source, service, target }) =>
      finding('HostPathNew', source, `service ${service} mounts it at ${target}`),
    ),
    ...left.map(({ source, service, target }) =>
      finding('HostPathMoved', source, `service ${service} had it at ${target}, and has not now`),
    ),
  ];
}

/** Ports that are published: who comes in, and what else on the host may have them. Pure. */
export function portFindings({ from, to }: Pair): Finding[] {
  const [before, after] = [portsOf(from.plan), portsOf(to.plan)];
  const gone = [...before].filter((port) => !after.has(port));
  const added = [...after].filter((port) => !before.has(port));
  return [
    ...gone.map((port) => finding('PortsChanged', port, 'is published no more')),
    ...added.map((port) => finding('PortsChanged', port, 'is published from now on')),
  ];
}

/** Nodes that a service may run on. Pure. */
export function placementFindings(pair: Pair): Finding[] {
  return servicesOfBoth(pair).flatMap(({ name }) => {
    const [before, after] = [constraints(pair.from.plan, name), constraints(pair.to.plan, name)];
    if (before === after) return [];
    return [finding('PlacementChanged', name, `constraints were: ${before || 'none'}; are: ${after || 'none'}`)];
  });
}

/** Powers that a service did not have before; of a new service all of them. Pure. */
export function privilegeFindings({ from, to }: Pair): Finding[] {
  return to.plan.compose.services.flatMap(({ name }) => {
    const before = new Set(powersOf(from.plan, name));
    const added = powersOf(to.plan, name).filter((power) => !before.has(power));
    return added.length === 0 ? [] : [finding('PrivilegesRaised', name, `asks for ${added.join(', ')}`)];
  });
}

function binds(plan: AppPlan): DataMount[] {
  return allDataMounts(plan).filter(({ type }) => type === 'bind');
}

/** Every host has it, and reading it gives no power. */
function isSafe({ source, readOnly }: DataMount): boolean {
  return readOnly && /^\/etc\/(?:localtime|timezone)$/.test(source);
}

function bindKey({ service, source, target }: DataMount): string {
  return [service, source, target].join('\0');
}

function portsOf(plan: AppPlan): Set<string> {
  return new Set(
    plan.compose.services.flatMap(({ name }) => {
      const ports = rawOf(plan, name, 'ports');
      return Array.isArray(ports) ? ports.flatMap(publishedPort) : [];
    }),
  );
}

function publishedPort(port: unknown): string[] {
  if (!isRecord(port)) return [String(port)];
  if (port.published === undefined || port.published === null || port.published === '') return [];
  return [`${port.published}/${port.protocol ?? 'tcp'} (${port.mode ?? 'ingress'})`];
}

function constraints(plan: AppPlan, service: string): string {
  const list = textsIn(rawOf(plan, service, 'deploy', 'placement', 'constraints'));
  return list
    .map((item) => item.replaceAll(/\s+/g, ''))
    .toSorted()
    .join(', ');
}

function powersOf(plan: AppPlan, service: string): string[] {
  const lists = ['cap_add', 'devices'].flatMap((key) =>
    textsIn(rawOf(plan, service, key)).map((item) => `${key} ${item}`),
  );
  const flags = String(rawOf(plan, service, 'privileged')) === 'true' ? ['privileged'] : [];
  const shared = ['pid', 'ipc', 'network_mode', 'userns_mode', 'cgroupns_mode']
    .filter((key) => rawOf(plan, service, key) === 'host')
    .map((key) => `${key} host`);
  const open = textsIn(rawOf(plan, service, 'security_opt')).filter((item) => /unconfined|disable/.test(item));
  return [...lists, ...flags, ...shared, ...open];
}
