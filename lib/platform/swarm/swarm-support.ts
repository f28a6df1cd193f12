import { CcError, type ErrorCode } from '../../errors.ts';
import type { Compose, ComposeSecret, ComposeService } from '../../recipe/compose.ts';
import { asTree, type Tree } from '../../recipe/compose-document.ts';

/** Keys that the docker CLI takes and does nothing with on swarm, or that are not for it. */
const IGNORED = new Set([
  'build',
  'cgroup_parent',
  'cgroupns_mode',
  'container_name',
  'depends_on',
  'devices',
  'domainname',
  'expose',
  'external_links',
  'ipc',
  'links',
  'mac_address',
  'network_mode',
  'pid',
  'privileged',
  'restart',
  'security_opt',
  'shm_size',
  'tmpfs',
  'userns_mode',
]);

const NAME_LIMIT = 64;
/** Names of secrets and configs. Source: the engine's own words. */
const ENGINE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/;

/**
 * Refuses what swarm cannot run, or what runs there but could not be kept or restored. Pure.
 * @throws CcError `InvalidInput` for a mistake in the recipe, `Unsupported` for what is no mistake; both name the files,
 * the service or section, and the key.
 */
export function refuseUnsupported(compose: Compose): void {
  const refuse = (code: ErrorCode, what: string, remedy: string): never => {
    throw new CcError(code, `${compose.files.join(', ')}: ${what}`, { remedy });
  };
  for (const service of compose.services) {
    const raw = treeAt(compose.raw, 'services', service.name);
    const named = `service ${service.name}: `;
    if (service.image === '') refuse('InvalidInput', named + imageFault(service), 'Name an image with its tag.');
    if (raw.network_mode !== undefined)
      refuse('Unsupported', `${named}network_mode has no effect on swarm`, 'Use networks, or ports with mode: host.');
  }
  for (const [section, items] of [['secrets', compose.secrets] as const, ['configs', compose.configs] as const]) {
    const bad = items.find(({ versionedName }) => !ENGINE_NAME.test(versionedName));
    if (bad) refuse('InvalidInput', `${section}.${bad.name}: ${nameFault(bad)}`, nameRemedy(bad));
  }
  for (const [key, volume] of Object.entries(compose.volumes)) {
    const fault = volumeFault(volume.external, treeAt(compose.raw, 'volumes', key));
    if (fault) refuse('Unsupported', `volumes.${key}: ${fault}`, 'Use a plain volume: its bytes are in a directory.');
  }
}

/** Compose keys of the services that have no effect on swarm, as `service.key`, sorted. Pure. */
export function ignoredKeys(compose: Compose): string[] {
  return compose.services
    .flatMap(({ name, keys }) =>
      keys.filter((key) => IGNORED.has(key) || key.startsWith('x-')).map((key) => `${name}.${key}`),
    )
    .toSorted();
}

/** The tree below these keys; empty where there is none. Pure. */
export function treeAt(tree: Readonly<Tree>, ...keys: readonly string[]): Tree {
  return keys.reduce<Tree>((node, key) => asTree(node[key]), tree);
}

function imageFault({ keys }: ComposeService): string {
  return keys.includes('build') ? 'build without image: swarm builds no images' : 'has no image';
}

function nameFault({ versionedName }: ComposeSecret): string {
  return `"${versionedName}" (${versionedName.length} characters) is no name on the engine`;
}

function nameRemedy({ versionedName, variables }: ComposeSecret): string {
  if (versionedName.length > NAME_LIMIT) return 'Use a shorter domain, or a shorter name in the recipe.';
  return `Set ${variables.length > 0 ? variables.join(', ') : 'its version'} in abra.sh or in the env of the app.`;
}

/** Snapshots copy the directory of a volume, so it must be a directory of this engine that is the app's alone. */
function volumeFault(external: boolean, body: Tree): string | undefined {
  if (external) return 'an external volume is not the app’s own and cannot be kept or restored';
  if (body.driver !== undefined && body.driver !== null && body.driver !== '' && body.driver !== 'local')
    return `the driver ${String(body.driver)} keeps its data where it cannot be copied`;
  if (Object.keys(treeAt(body, 'driver_opts')).length > 0) return 'driver_opts put its data where it cannot be copied';
  return undefined;
}
