import { join } from 'node:path';
import { CcError } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import { foreignMarker, readMarker, writeMarker } from './spec-marker.ts';

/** Format of the state directory that this version writes; newer ones are not touched. */
export const STATE_FORMAT = 1;

/** Content of `instance.json`: what a state directory is bound to for good. */
export interface Instance {
  instanceId: string;
  format: number;
  platform: 'Process' | 'Swarm' | 'Abra';
  engineId: string;
  /** Absolute. */
  specDirectory: string;
}

export interface InstanceOptions {
  stateDirectory: string;
  specDirectory: string;
  platform: Instance['platform'];
  /** The engine's id; the process platform has none of its own: the instance's id is taken. */
  engineId?: string;
  newId: () => string;
  /** `Adopt` takes over a spec directory with another instance's marker, or none. */
  foreignSpecs: 'Refuse' | 'Adopt';
}

/** What was journaled at first start, or undefined before it. @throws CcError `Damaged`, `Unsupported` (newer format). */
export async function readInstance(stateDirectory: string): Promise<Instance | undefined> {
  const path = instancePath(stateDirectory);
  const instance = await readJson<Instance>(path);
  if (instance === undefined || instance.format <= STATE_FORMAT) return instance;
  throw new CcError('Unsupported', `${path} has format ${instance.format}, this version knows ${STATE_FORMAT}`, {
    remedy: 'Use the version that wrote it, or a newer one.',
  });
}

/**
 * Binds the state directory at first start, later checks that nothing it is bound to has changed, and marks the spec
 * directory. Call it with both locks held. Nothing is written where it throws.
 * @throws CcError `Refused` for another platform or engine, `Unsupported` for a newer format, `Conflict` for a spec
 * directory of another instance.
 */
export async function openInstance(options: InstanceOptions): Promise<Instance> {
  const before = await readInstance(options.stateDirectory);
  const instance = before ?? newInstance(options);
  checkBinding(instance, options);
  const marker = await readMarker(options.specDirectory, instance.instanceId);
  const adopt = options.foreignSpecs === 'Adopt';
  if (marker.marker === 'Foreign' && !adopt) {
    throw foreignMarker(options.specDirectory, instance.instanceId, marker.instanceId);
  }
  const bound = before === undefined || adopt ? { ...instance, specDirectory: options.specDirectory } : instance;
  if (JSON.stringify(bound) !== JSON.stringify(before)) {
    await writeJsonDurable(instancePath(options.stateDirectory), bound);
  }
  if (marker.marker !== 'Own' && (before === undefined || adopt)) {
    await writeMarker(options.specDirectory, instance.instanceId);
  }
  return bound;
}

function instancePath(stateDirectory: string): string {
  return join(stateDirectory, 'instance.json');
}

function newInstance({ newId, platform, engineId, specDirectory }: InstanceOptions): Instance {
  const instanceId = newId();
  return { instanceId, format: STATE_FORMAT, platform, engineId: engineId ?? instanceId, specDirectory };
}

/** @throws CcError `Refused` where the state directory is bound to another platform than `platform`. */
export function assertPlatform(stateDirectory: string, bound: Instance, platform: Instance['platform']): void {
  if (bound.platform === platform) return;
  const path = instancePath(stateDirectory);
  throw new CcError('Refused', `${path} is bound to the platform ${bound.platform}, not ${platform}`, {
    remedy: `Start with --platform ${bound.platform.toLowerCase()}, or with another state directory.`,
  });
}

function checkBinding(instance: Instance, options: InstanceOptions): void {
  const path = instancePath(options.stateDirectory);
  assertPlatform(options.stateDirectory, instance, options.platform);
  const engineId = options.engineId ?? instance.instanceId;
  if (instance.engineId === engineId) return;
  throw new CcError(
    'Refused',
    `${path} is bound to the engine ${instance.engineId}, the one that answers is ${engineId}`,
    {
      remedy: 'Connect to that engine again, or start with another state directory.',
    },
  );
}
