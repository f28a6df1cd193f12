import { mapValues } from '../../api/objects.ts';
import type { ContainerLimits } from '../../platform/platform.ts';
import { asTree, type Tree } from '../compose-document.ts';
import type { Compose } from '../compose-types.ts';
import { memoryBytes } from './memory.ts';
import { WITHOUT_EFFECT } from './service-rules.ts';

/**
 * The compose file with these limits on every service, or with the recipe's own where they are lower; without
 * reservations, and without keys that have no effect. Expects one that {@link unlistedKeys} finds nothing in. Pure.
 */
export function withLimits(compose: Compose, limits: ContainerLimits): Compose {
  const services = mapValues(asTree(compose.raw.services), (body) => limitedService(asTree(body), limits));
  return { ...compose, raw: { ...compose.raw, services } };
}

function limitedService(service: Tree, limits: ContainerLimits): Tree {
  const deploy = asTree(service.deploy);
  const own = asTree(asTree(deploy.resources).limits);
  const resources = {
    limits: {
      memory: String(lowest(limits.memoryBytes, memoryBytes(String(own.memory ?? '')))),
      cpus: String(lowest(limits.cpus, Number(own.cpus ?? 0))),
      pids: lowest(limits.pids, Number(own.pids ?? 0)),
    },
  };
  const kept = Object.entries(service).filter(([key]) => !WITHOUT_EFFECT.includes(key));
  return { ...Object.fromEntries(kept), deploy: { ...deploy, resources } };
}

/** Zero is no limit to the engine. */
function lowest(most: number, own: number | undefined): number {
  return own !== undefined && own > 0 ? Math.min(most, own) : most;
}
