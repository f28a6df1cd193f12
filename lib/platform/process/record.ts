import { randomBytes } from 'node:crypto';
import { readJsonOrNothing, writeJsonDurable } from '../../fs/durable.ts';
import { type AppliedRecord, NOTHING_APPLIED } from '../applied-record.ts';
import type { ServiceObservation } from '../platform.ts';

/**
 * `Deployed` and `Stopped` are the two states at rest of a deployed app; `Removing` is an undeploy that has begun and
 * may have been interrupted; `Undeployed` has no process left, only volumes and ports.
 */
export type AppliedState = 'Deployed' | 'Stopped' | 'Removing' | 'Undeployed';

/** Health check of a service, run by its supervisor. Durations in milliseconds, meaning as in the compose format. */
export interface HealthCheck {
  command: readonly string[];
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startPeriodMs: number;
}

/** All that a supervisor needs to run a service; nothing in it is left to resolve. */
export interface ServiceLaunch {
  command: readonly string[];
  /** Working directory: the revision's private checkout. */
  directory: string;
  /** Whole environment but for the token, which is per launch. */
  environment: Readonly<Record<string, string>>;
  restart: ServiceObservation['restart'];
  /** Restarts, at most; absent: no limit. */
  maxAttempts?: number;
  /** Between an end that was no failure and the next start, milliseconds, at least. */
  restartDelayMs?: number;
  stopGraceMs: number;
  health?: HealthCheck;
  /** Files whose contents never show in the log. */
  maskFiles: readonly string[];
}

/** One service as applied. */
export interface AppliedService {
  name: string;
  image: string;
  replicas: number;
  /** Names of the volumes that it mounts or names; absent in records of before there was the field. */
  volumes?: readonly string[];
  launch: ServiceLaunch;
}

/** `platform.json`: the record of what was applied, written before anything of it is started. */
export interface AppliedSpec extends AppliedRecord<AppliedService> {
  state: AppliedState;
  /** New at every change of what runs; a supervisor of another one does not start anything. */
  specId: string;
}

/** For a change of what runs. */
export function newSpecId(): string {
  return randomBytes(8).toString('hex');
}

/** A record of an app that has at most volumes. */
export function emptyApplied(engineId: string): AppliedSpec {
  return { engineId, specId: '', ...NOTHING_APPLIED };
}

/**
 * @returns undefined when the app was never applied, or where the record cannot be read: what runs is found by its token
 * and ended by it, what lies there is found by looking, and the next deploy writes the record anew.
 */
export async function readApplied(path: string): Promise<AppliedSpec | undefined> {
  const applied = await readJsonOrNothing<AppliedSpec>(path);
  return applied !== undefined && Array.isArray(applied.services) && Array.isArray(applied.volumes)
    ? applied
    : undefined;
}

/** Durable. Mode 0600: values of the app's environment are in it. */
export async function writeApplied(path: string, applied: AppliedSpec): Promise<void> {
  await writeJsonDurable(path, applied, { mode: 0o600 });
}
