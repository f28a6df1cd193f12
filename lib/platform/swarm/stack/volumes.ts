import { mkdir } from 'node:fs/promises';
import { CcError } from '../../../errors.ts';
import { exists } from '../../../fs/exists.ts';
import type { Volume } from '../../platform.ts';
import { type Engine, STACK_LABEL } from '../engine/engine.ts';
import { INSTANCE_LABEL } from './plan.ts';
import type { StackRecord } from './record.ts';

type VolumeFacts = Pick<StackRecord, 'volumes' | 'mountpoints'>;

/** The recorded volumes whose directory is there, by name. A volume of which only the engine's note is left is absent. */
export async function presentVolumes(record: VolumeFacts): Promise<Volume[]> {
  const known = Object.entries(record.mountpoints).map(([name, path]) => ({ name, path }));
  const present = await Promise.all(known.map(({ path }) => exists(path)));
  return known.filter((_, index) => present[index]).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws CcError `DataMissing` when a wanted volume is recorded but absent: an empty one never takes its place. */
export async function assertNoneLost(domain: string, record: VolumeFacts, wanted: readonly string[]): Promise<void> {
  const present = (await presentVolumes(record)).map(({ name }) => name);
  const lost = wanted.find((name) => record.volumes.includes(name) && !present.includes(name));
  if (lost === undefined) return;
  const said = `the volume ${lost} of ${domain} is recorded, but ${record.mountpoints[lost]} is absent`;
  const remedy = 'Restore it, or destroy the app if its data is not wanted any more.';
  throw new CcError('DataMissing', said, { remedy });
}

export interface MakeVolumesOptions {
  engine: Engine;
  record: StackRecord;
  names: readonly string[];
  signal: AbortSignal;
}

/**
 * A volume that the record does not know and that lacks our labels holds somebody else's data: it would be mounted, and
 * removed with the app. @throws CcError `Conflict`.
 */
export async function assertNoStrangers({ engine, record, names, signal }: MakeVolumesOptions): Promise<void> {
  for (const name of names.filter((one) => record.mountpoints[one] === undefined)) {
    const found = await engine.volume(volumeName(record.stack, name), signal);
    const { [STACK_LABEL]: stack, [INSTANCE_LABEL]: instance } = found?.labels ?? {};
    if (found === undefined || (stack === record.stack && instance === record.instanceId)) continue;
    const remedy = 'Choose another app.domain, or remove that volume by hand.';
    throw new CcError('Conflict', `the volume ${found.name} exists and was not made here`, { remedy });
  }
}

/**
 * Makes those of the volumes that do not exist, empty, and gives the record that knows them; to be written. Idempotent.
 * @throws CcError as {@link assertNoStrangers}.
 */
export async function makeVolumes(options: MakeVolumesOptions): Promise<StackRecord> {
  await assertNoStrangers(options);
  const { engine, record, names, signal } = options;
  const labels = { [STACK_LABEL]: record.stack, [INSTANCE_LABEL]: record.instanceId };
  const mountpoints: Record<string, string> = { ...record.mountpoints };
  for (const name of names) {
    const { mountpoint } = await engine.createVolume(volumeName(record.stack, name), labels, signal);
    // The engine does not notice a directory that went away: it would fail at the mount.
    await mkdir(mountpoint, { recursive: true });
    mountpoints[name] = mountpoint;
  }
  return { ...record, volumes: [...new Set([...record.volumes, ...names])].toSorted(), mountpoints };
}

/** Full name of a volume on the engine. */
function volumeName(stack: string, name: string): string {
  return `${stack}_${name}`;
}
