import type { EngineMemory, EngineRoom } from './engine.ts';
import { type ApiObject, fieldOf, listOf, objectOf, optionalNumber, optionalText, textOf } from './values.ts';

/**
 * Memory of a container as `GET /containers/ID/stats` gives it. The file cache that the kernel would give up is taken
 * off, as the docker CLI does; a mark is kept by cgroups of version 1 only. Pure.
 * @returns undefined for one that does not run, and where the kernel keeps no account. @throws TypeError for another form.
 */
export function readMemory(stats: unknown): EngineMemory | undefined {
  const memory = objectOf(fieldOf(stats, 'memory_stats'));
  const nowBytes = optionalNumber(memory.usage);
  if (nowBytes === undefined || nowBytes === 0) return undefined;
  const details = objectOf(memory.stats);
  const cache = optionalNumber(details.total_inactive_file) ?? optionalNumber(details.inactive_file) ?? 0;
  const mostBytes = optionalNumber(memory.max_usage);
  return {
    bytes: Math.max(0, nowBytes - cache),
    ...(mostBytes === undefined ? {} : { mark: { nowBytes, mostBytes } }),
  };
}

/** Room of a container as `GET /containers/json?size=true` gives it. Pure. @throws TypeError for another form. */
export function readRoom(container: ApiObject): EngineRoom {
  const mounts = listOf(container.Mounts).filter(({ Type: type }) => type === 'volume');
  return {
    service: optionalText(fieldOf(container, 'Labels', 'com.docker.swarm.service.name')) ?? '',
    // Go leaves out a layer in which nothing was written.
    layerBytes: optionalNumber(container.SizeRw) ?? 0,
    volumes: mounts.map(({ Source: source }) => textOf(source)),
  };
}
