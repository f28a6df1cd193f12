import { orNothing } from '../../lib/errors.ts';
import type { CleanResult } from '../../lib/janitor/clean-item.ts';
import { readCleanRecord, writeCleanRecord } from '../../lib/janitor/clean-record.ts';
import { planClean, sinceSeen } from '../../lib/janitor/plan.ts';
import { type CleanLook, type CleanServices, type LookOptions, lookForClean } from './observe.ts';
import { performClean } from './perform.ts';

/** A clean, or what it would have done. */
export interface Cleaned {
  items: CleanResult[];
  notes: string[];
  look: CleanLook;
}

export interface CleanOptions extends Omit<LookOptions, 'since'> {
  form: 'Clean' | 'DryRun';
}

/**
 * Looks, plans and acts; a dry run stops before the act. The one way in which anything is cleaned away, so that a dry run
 * tells what the next clean does. Notes first since when something was seen to be unused.
 */
export async function clean(
  services: CleanServices,
  { form, ...options }: CleanOptions,
  signal: AbortSignal,
): Promise<Cleaned> {
  const { stateDirectory } = services.settings;
  const { since } = await readCleanRecord(stateDirectory);
  const look = await lookForClean(services, { ...options, since }, signal);
  await noteSince(stateDirectory, look);
  const items = planClean(look.seen);
  const planned = ({ afterMs }: { afterMs?: number }) => (afterMs === undefined ? 'Planned' : 'Later');
  const results =
    form === 'DryRun'
      ? items.map((item) => ({ ...item, result: planned(item) }) as const)
      : await performClean(services, items, signal);
  return { items: results, notes: look.notes, look };
}

/** A disk that is full keeps nothing from being cleaned: what is due was noted a day ago. */
async function noteSince(stateDirectory: string, { seen }: CleanLook): Promise<void> {
  const since = sinceSeen(seen);
  const record = await readCleanRecord(stateDirectory);
  if (JSON.stringify(since) === JSON.stringify(record.since)) return;
  await orNothing(writeCleanRecord(stateDirectory, { ...record, since }), 'NoSpace');
}
