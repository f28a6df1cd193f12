import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { readJsonOrNothing } from '../fs/durable.ts';
import { tempName } from '../fs/temp-name.ts';
import type { ForgeFaultReason } from './forge.ts';

/** How the trigger of a repository stands: `forge/<repository>/status.json`, a projection for people. */
export interface TriggerStatus {
  repository: string;
  /** Base URL of the forge. */
  forge: string;
  /** Name of the Canonical that names it. */
  canonical: string;
  state: 'Watching' | 'Failing' | 'NotEnrolled';
  /** Why it fails. */
  reason?: ForgeFaultReason;
  message?: string;
  /** When the forge answered last, RFC 3339. */
  lastPollTime?: string;
  /** Commands that are not over. */
  commands: number;
  /** Messages that wait for the forge. */
  outbox: number;
}

/** Replaces the projection; not synchronised to disk, as it is written again. */
export async function writeTriggerStatus(directory: string, status: TriggerStatus): Promise<void> {
  const path = join(directory, 'status.json');
  const temp = join(directory, tempName(path));
  await mkdir(directory, { recursive: true });
  await writeFile(temp, `${JSON.stringify(status)}\n`);
  await rename(temp, path);
}

/** Those of all repositories that were ever watched, by name. */
export async function readTriggerStatuses(stateDirectory: string): Promise<TriggerStatus[]> {
  const root = join(stateDirectory, 'forge');
  const names = (await orNothing(readdir(root), 'ENOENT')) ?? [];
  const read = await Promise.all(
    names.map((name) => readJsonOrNothing<TriggerStatus>(join(root, name, 'status.json'))),
  );
  return read.filter((one) => one !== undefined).toSorted((a, b) => (a.repository < b.repository ? -1 : 1));
}
