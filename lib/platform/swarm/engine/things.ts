import type {
  EngineConfig,
  EngineIdentity,
  EngineImage,
  EngineStoredImage,
  EngineThing,
  EngineVolume,
} from './engine.ts';
import { type ApiObject, fieldOf, labelsOf, listOf, objectOf, optionalText, textOf } from './values.ts';
import type { EngineVersion } from './version.ts';

/** Identity from `GET /info`. Pure. @throws TypeError for another form. */
export function readIdentity(info: unknown, version: EngineVersion): EngineIdentity {
  const swarm = objectOf(fieldOf(info, 'Swarm'));
  // Without a leader the engine does not know its cluster; on a worker or outside a swarm there is none to know.
  const clusterId = optionalText(fieldOf(swarm, 'Cluster', 'ID')) ?? '';
  const manager = swarm.LocalNodeState === 'active' && swarm.ControlAvailable === true && clusterId !== '';
  const nodes = typeof swarm.Nodes === 'number' && swarm.Nodes > 0 ? swarm.Nodes : 1;
  return { ...version, clusterId, nodes, manager };
}

/** A network as the API gives it. Pure. @throws TypeError for another form. */
export function readNetwork(network: ApiObject): EngineThing {
  return { id: textOf(network.Id), name: textOf(network.Name), labels: labelsOf(network.Labels) };
}

/** A service can join swarm networks but the ingress, and the three that every node has. Pure. */
export function isJoinable({ Scope: scope, Ingress: ingress, Name: name }: ApiObject): boolean {
  return (scope === 'swarm' && ingress !== true) || ['bridge', 'host', 'none'].includes(String(name));
}

/** A secret, or what a config is beside its data. Pure. @throws TypeError for another form. */
export function readSpecThing(thing: ApiObject): EngineThing {
  const spec = objectOf(thing.Spec);
  return { id: textOf(thing.ID), name: textOf(spec.Name), labels: labelsOf(spec.Labels) };
}

/** Pure. @throws TypeError for another form. */
export function readConfig(config: ApiObject): EngineConfig {
  const data = optionalText(fieldOf(config, 'Spec', 'Data')) ?? '';
  return { ...readSpecThing(config), data: Buffer.from(data, 'base64') };
}

/** Pure. @throws TypeError for another form. */
export function readVolume(volume: ApiObject): EngineVolume {
  return { name: textOf(volume.Name), labels: labelsOf(volume.Labels), mountpoint: textOf(volume.Mountpoint) };
}

/** `GET /volumes`: the list is in a field. Pure. @throws TypeError for another form. */
export function readVolumes(answer: unknown): EngineVolume[] {
  return listOf(fieldOf(answer, 'Volumes')).map(readVolume);
}

/** Pure. @throws TypeError for another form. */
export function readImage(image: ApiObject): EngineImage {
  const digests = Array.isArray(image.RepoDigests) ? (image.RepoDigests as readonly unknown[]) : [];
  const architecture = optionalText(image.Architecture);
  const built = architecture === undefined ? {} : { architecture };
  return { id: textOf(image.Id), repoDigests: digests.map(textOf), ...built };
}

/** An image as a list gives it; `<none>` is no name. Pure. @throws TypeError for another form. */
export function readStoredImage(image: ApiObject): EngineStoredImage {
  const names = [image.RepoTags, image.RepoDigests].flatMap((list) => (Array.isArray(list) ? list.map(textOf) : []));
  const bytes = typeof image.Size === 'number' ? image.Size : 0;
  return { id: textOf(image.Id), names: names.filter((name) => !name.startsWith('<none>')), bytes };
}
