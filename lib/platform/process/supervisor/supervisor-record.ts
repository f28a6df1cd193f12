import type { ProcessIdentity } from '../../../exec/process-identity.ts';
import { readJsonOrNothing, writeJsonDurable } from '../../../fs/durable.ts';

/** How one start of the service's command ended. Times are milliseconds since the epoch. */
export interface ServiceExit {
  specId: string;
  startedAt: number;
  endedAt: number;
  /** Exit code; 128 + signal number where a signal ended it, 127 where the program could not be started. */
  exitCode: number;
  message?: string;
}

/**
 * `Launching`: journaled by the platform, the supervisor has not answered yet; `Running`: the command runs; `Waiting`:
 * for the next start; `Ended`: the restart policy allows no further start; `Stopped`: by a SIGTERM to the supervisor.
 */
export type SupervisorState = 'Launching' | 'Running' | 'Waiting' | 'Ended' | 'Stopped';

export type ServiceHealth = 'None' | 'Starting' | 'Healthy' | 'Unhealthy';

/** `supervisor.json`: written by the platform before the spawn, from then on by that supervisor alone. */
export interface SupervisorRecord {
  /** Carried by the supervisor and its children in their environment; names this launch and no other. */
  token: string;
  specId: string;
  commit?: string;
  version?: string;
  state: SupervisorState;
  supervisor?: ProcessIdentity;
  /** Leader of the command's process group. */
  process?: { pid: number; startedAt: number };
  health: ServiceHealth;
  /** Newest first; those of specs before are kept too. */
  exits: readonly ServiceExit[];
}

/** So many ends are kept: with waits of up to ten seconds more than those of the last ten minutes. */
export const KEPT_EXITS = 100;

/** @returns undefined when the service was never launched, or where the record cannot be read: its token finds it. */
export async function readRecord(path: string): Promise<SupervisorRecord | undefined> {
  const record = await readJsonOrNothing<SupervisorRecord>(path);
  return record !== undefined && typeof record.token === 'string' && Array.isArray(record.exits) ? record : undefined;
}

/** Durable and atomic. */
export async function writeRecord(path: string, record: SupervisorRecord): Promise<void> {
  await writeJsonDurable(path, record, { mode: 0o600 });
}
