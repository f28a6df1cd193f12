import { join } from 'node:path';
import { KINDS } from '../api/kinds.ts';
import { CcError } from '../errors.ts';
import { RecordFiles } from '../fs/record-files.ts';
import { createSpecIgnore, foreignMarker, readMarker, writeMarker } from './directory-guard.ts';
import { STATE_FORMAT } from './state-format.ts';

/** Content of `instance.json`: what a state directory is bound to for good. */
export interface Instance {
  instanceId: string;
  /** See `STATE_FORMAT`. */
  format: number;
  /** Present while it is led to `format`: what it was before, and the format whose step was taken last. */
  migration?: { from: number; done: number };
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

/**
 * What was journaled at first start, or undefined before it; repairs nothing.
 * @throws CcError `Damaged` (also where the file is lost, and what was made under it is there), `Unsupported` (newer format).
 */
export async function readInstance(stateDirectory: string): Promise<Instance | undefined> {
  const path = instancePath(stateDirectory);
  const instance = await new RecordFiles(stateDirectory).peek<Instance>(path);
  if (instance === undefined) await assertNew(stateDirectory);
  if (instance === undefined || instance.format <= STATE_FORMAT) return instance;
  throw newerFormat(path, instance.format, STATE_FORMAT);
}

/** What a version says of a state directory that a newer one wrote, and does not touch. */
export function newerFormat(path: string, format: number, known: number): CcError {
  return new CcError('Unsupported', `${path} has format ${format}, this version knows ${known}`, {
    remedy: 'Use the version that wrote it, or a newer one. Nothing was changed.',
  });
}

/** A directory that holds objects, claims or apps belongs to an instance, whose id nobody can make up. */
async function assertNew(stateDirectory: string): Promise<void> {
  const records = new RecordFiles(stateDirectory);
  const places = [...KINDS.map((kind) => join('objects', kind)), 'claims', 'apps'];
  const used = places.find((place) => records.names(join(stateDirectory, place)).length > 0);
  if (used === undefined) return;
  throw new CcError('Damaged', `${instancePath(stateDirectory)} is lost, but ${join(stateDirectory, used)} is in use`, {
    remedy: 'Put instance.json back from a backup of the state directory. Without it nothing here is known to be ours.',
  });
}

/**
 * Binds the state directory at first start, later checks that nothing it is bound to has changed, and marks the spec
 * directory, with an ignore file for git where there is none. Call it with both locks held. Nothing is written where it throws.
 * @throws CcError `Refused` for another platform or engine, `Unsupported` for a newer format, `Conflict` for a spec
 * directory of another instance.
 */
export async function openInstance(options: InstanceOptions): Promise<Instance> {
  const before = await readInstance(options.stateDirectory);
  const records = new RecordFiles(options.stateDirectory);
  const path = instancePath(options.stateDirectory);
  const instance = before ?? newInstance(options);
  checkBinding(instance, options);
  const marker = await readMarker(options.specDirectory, instance.instanceId);
  const adopt = options.foreignSpecs === 'Adopt';
  if (marker.marker === 'Foreign' && !adopt)
    throw foreignMarker(options.specDirectory, instance.instanceId, marker.instanceId);
  const bound = before === undefined || adopt ? { ...instance, specDirectory: options.specDirectory } : instance;
  if (JSON.stringify(bound) !== JSON.stringify(before)) await records.write(path, bound, { sync: 'BothPlaces' });
  else await records.read(path); // repaired where it has to be
  if (marker.marker !== 'Own' && (before === undefined || adopt)) {
    await writeMarker(options.specDirectory, instance.instanceId);
    await createSpecIgnore(options.specDirectory);
  }
  return bound;
}

/** Pure. */
export function instancePath(stateDirectory: string): string {
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
  const remedy = `Start with --platform ${bound.platform.toLowerCase()}, or with another state directory.`;
  throw new CcError('Refused', `${path} is bound to the platform ${bound.platform}, not ${platform}`, { remedy });
}

function checkBinding(instance: Instance, options: InstanceOptions): void {
  const path = instancePath(options.stateDirectory);
  assertPlatform(options.stateDirectory, instance, options.platform);
  const engineId = options.engineId ?? instance.instanceId;
  if (instance.engineId === engineId) return;
  const said = `${path} is bound to the engine ${instance.engineId}, the one that answers is ${engineId}`;
  const remedy = 'Connect to that engine again, or start with another state directory.';
  throw new CcError('Refused', said, { remedy });
}
