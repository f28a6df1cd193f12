import { join } from 'node:path';
import { readJson, writeJsonDurable } from '../../../fs/durable.ts';
import { type AppliedRecord, NOTHING_APPLIED } from '../../applied-record.ts';
import type { StateLayout } from '../../state-layout.ts';

/**
 * `Applying` and `Removing` are changes that have begun and may have been interrupted; `Stopped` is deployed with no
 * task wanted; `Undeployed` has at most volumes, secrets and ports.
 */
export type StackState = 'Undeployed' | 'Applying' | 'Deployed' | 'Stopped' | 'Removing';

/** A service as it was right after the spec was applied. */
export interface RecordedService {
  /** As in the compose file. */
  name: string;
  image: string;
  /** Wanted tasks. */
  replicas: number;
  /** As `EngineService.specDigest`: another one later means that somebody else changed it. */
  specDigest: string;
}

/** A secret that was made for the app, or is about to be: then id and digest are empty. */
export interface RecordedSecret {
  /** Full name on the engine. */
  versionedName: string;
  /** The engine's id: a secret of that name with another id is not ours. */
  id: string;
  /** sha256 of the value, which the engine does not give back. */
  digest: string;
}

/** `swarm.json` of an app: our claim on its stack, and what was applied. Written before anything is made on the engine. */
export interface StackRecord extends AppliedRecord<RecordedService> {
  instanceId: string;
  stack: string;
  state: StackState;
  /** Short name → directory on this node. */
  mountpoints: Readonly<Record<string, string>>;
  secrets: readonly RecordedSecret[];
  url?: string;
  /** As `AppObservation.unrouted`. */
  unrouted?: string;
}

/** A claim on a stack of which nothing exists yet. */
export function emptyRecord(claim: Pick<StackRecord, 'engineId' | 'instanceId' | 'stack'>): StackRecord {
  return { ...claim, ...NOTHING_APPLIED, mountpoints: {}, secrets: [] };
}

/** The record of an app that has only data left: nothing of the spec remains. Pure. */
export function undeployedRecord(record: StackRecord): StackRecord {
  const { engineId, instanceId, stack, volumes, mountpoints, secrets } = record;
  return { ...emptyRecord({ engineId, instanceId, stack }), volumes, mountpoints, secrets };
}

/** `swarm.json` of an app. */
export function stackRecordPath(layout: StateLayout, domain: string): string {
  return join(layout.directory(domain), 'swarm.json');
}

/** @returns undefined when there is no claim. @throws CcError `Damaged`. */
export async function readStackRecord(path: string): Promise<StackRecord | undefined> {
  return await readJson<StackRecord>(path);
}

/** Durable. Mode 0600: digests of secrets are in it. */
export async function writeStackRecord(path: string, record: StackRecord): Promise<void> {
  await writeJsonDurable(path, record, { mode: 0o600 });
}
