import { CcError } from '../../errors.ts';
import type { Compose, ComposeService } from '../../recipe/compose.ts';

const HONOURED = new Set([
  'deploy',
  'env_file',
  'environment',
  'image',
  'secrets',
  'stop_grace_period',
  'volumes',
  'x-process',
]);

/**
 * Refuses a recipe that the process platform cannot run.
 * @throws CcError `Unsupported`: names service and key, and the platforms that can.
 */
export function refuseUnsupported(compose: Compose): void {
  for (const service of compose.services) {
    const fault = unsupported(service);
    if (fault === undefined) continue;
    throw new CcError('Unsupported', `service ${service.name}: ${fault} on the process platform`, {
      remedy: 'Run it on the Swarm or Abra platform.',
    });
  }
}

/** Compose keys of the services that have no effect on this platform, as `service.key`, sorted. */
export function ignoredKeys(compose: Compose): string[] {
  return compose.services
    .flatMap((service) =>
      service.keys
        .filter((key) => !HONOURED.has(key) && !(key === 'healthcheck' && service.process?.healthcheck))
        .map((key) => `${service.name}.${key}`),
    )
    .toSorted();
}

function unsupported(service: ComposeService): string | undefined {
  const bind = service.volumes.find(({ type }) => type === 'bind');
  if (!service.process) return 'a service without x-process cannot run';
  if (service.replicas > 1) return `deploy.replicas ${service.replicas} is more than the one task there is`;
  if (bind) return `volumes: the bind mount of ${bind.source} is not possible`;
  if (service.volumes.some(({ type }) => type === 'tmpfs')) return 'volumes: a tmpfs is not possible';
  if (service.tmpfs && service.tmpfs.length > 0) return 'tmpfs is not possible';
  if (service.devices && service.devices.length > 0) return 'devices are not possible';
  if (service.configs.length > 0) return 'configs are not possible';
  return undefined;
}
