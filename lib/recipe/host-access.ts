import type { Compose, ComposeService } from './compose.ts';
import { isTree, type Tree } from './compose-document.ts';

/** The network that the host shares with every app on purpose: its ingress listens there. */
const SHARED_NETWORK = 'proxy';
const FIRST_FREE_PORT = 1024;
/** Keys that reach the host wherever they have an effect. */
const HOST_KEYS = ['cap_add', 'devices', 'ipc', 'network_mode', 'pid', 'privileged', 'security_opt', 'userns_mode'];

/**
 * What of a recipe reaches the host or the things of others, one line each, sorted; empty: nothing. For the decision
 * whether a commit that nobody trusted yet may run. Pure.
 */
export function hostAccess(compose: Compose): string[] {
  const services = compose.services.flatMap((service) => {
    const raw = treeAt(compose.raw, 'services', service.name);
    const found = [...mounts(service), ...hostKeys(raw), ...lowPorts(raw.ports)];
    return found.map((what) => `service ${service.name}: ${what}`);
  });
  return [...services, ...foreignThings(compose), ...foreignNetworks(compose), ...foreignVolumes(compose)].toSorted();
}

function mounts({ volumes }: ComposeService): string[] {
  return volumes
    .filter(({ type }) => type === 'bind')
    .map(({ source }) =>
      source.endsWith('docker.sock') ? `the engine's socket ${source}` : `bind mount of ${source}`,
    );
}

function hostKeys(raw: Tree): string[] {
  return HOST_KEYS.filter((key) => !saysNothing(raw[key])).map((key) => `${key} ${textOf(raw[key])}`);
}

function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || String(value) === 'false' || textOf(value) === '';
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(' ') : String(value);
}

function lowPorts(ports: unknown): string[] {
  if (!Array.isArray(ports)) return [];
  return ports
    .filter(isTree)
    .filter(({ mode, published }) => mode === 'host' && Number(published) > 0 && Number(published) < FIRST_FREE_PORT)
    .map(({ published }) => `host port ${String(published)}`);
}

function foreignThings({ secrets, configs, stackName }: Compose): string[] {
  const foreign = (kind: string, list: Compose['secrets']): string[] =>
    list
      .filter(({ versionedName }) => !versionedName.startsWith(`${stackName}_`))
      .map(({ external, versionedName }) => `${external ? 'external ' : ''}${kind} ${versionedName}`);
  return [...foreign('secret', secrets), ...foreign('config', configs)];
}

function foreignNetworks({ networks, raw, stackName }: Compose): string[] {
  return Object.entries(networks).flatMap(([key, { external, name = external ? key : `${stackName}_${key}` }]) => {
    const driver = textOf(treeAt(raw, 'networks', key).driver ?? 'overlay');
    if (name === 'host') return ['the network of the host'];
    if (external) return name === SHARED_NETWORK ? [] : [`external network ${name}`];
    if (!name.startsWith(`${stackName}_`)) return [`network ${name}`];
    // Other drivers put the app on a network of the host.
    return driver === 'overlay' ? [] : [`network ${key} with the driver ${driver}`];
  });
}

function foreignVolumes({ volumes, raw, stackName }: Compose): string[] {
  return Object.entries(volumes).flatMap(([key, { external, name = external ? key : `${stackName}_${key}` }]) => {
    if (external) return [`external volume ${name}`];
    if (!name.startsWith(`${stackName}_`)) return [`volume ${name}`];
    const { driver = 'local' } = treeAt(raw, 'volumes', key);
    const options = Object.values(treeAt(raw, 'volumes', key, 'driver_opts')).map(String);
    if (options.length > 0) return [`volume ${key} with ${options.join(' ')}`];
    return driver === 'local' ? [] : [`volume ${key} with the driver ${textOf(driver)}`];
  });
}

function treeAt(tree: Readonly<Tree>, ...keys: readonly string[]): Tree {
  const found = keys.reduce<unknown>((node, key) => (isTree(node) ? node[key] : undefined), tree);
  return isTree(found) ? found : {};
}
