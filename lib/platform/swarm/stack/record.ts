import { readJson, writeJsonDurable } from '../../../fs/durable.ts';
import type { Endpoint } from '../../platform.ts';

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
export interface StackRecord {
  /** Id of the swarm that holds the data. */
  engineId: string;
  instanceId: string;
  stack: string;
  state: StackState;
  /** Digest of all that the deploy depends on; empty until it was applied. */
  digest: string;
  commit?: string;
  version?: string;
  services: readonly RecordedService[];
  endpoints: readonly Endpoint[];
  /** Short names of all volumes that were ever made and not destroyed: each must exist at every start. */
  volumes: readonly string[];
  /** Those of them that the applied revision uses. */
  mounted: readonly string[];
  /** Short name → directory on this node. */
  mountpoints: Readonly<Record<string, string>>;
  secrets: readonly RecordedSecret[];
  ignored: readonly string[];
  url?: string;
  /** As `AppObservation.unrouted`. */
  unrouted?: string;
}

/** A claim on a stack of which nothing exists yet. */
export function emptyRecord(claim: Pick<StackRecord, 'engineId' | 'instanceId' | 'stack'>): StackRecord {
  return {
    ...claim,
    state: 'Undeployed',
    digest: '',
    services: [],
    endpoints: [],
    volumes: [],
    mounted: [],
    mountpoints: {},
    secrets: [],
    ignored: [],
  };
}

/** The record of an app that has only data left: nothing of the spec remains. Pure. */
export function undeployedRecord(record: StackRecord): StackRecord {
  const { engineId, instanceId, stack, volumes, mountpoints, secrets } = record;
  return { ...emptyRecord({ engineId, instanceId, stack }), volumes, mountpoints, secrets };
}

/** @returns undefined when there is no claim. @throws CcError `Damaged`. */
export async function readStackRecord(path: string): Promise<StackRecord | undefined> {
  return await readJson<StackRecord>(path);
}

/** Durable. Mode 0600: digests of secrets are in it. */
export async function writeStackRecord(path: string, record: StackRecord): Promise<void> {
  await writeJsonDurable(path, record, { mode: 0o600 });
}
