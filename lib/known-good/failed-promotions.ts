import { join } from 'node:path';
import { isRecord } from '../api/objects.ts';
import { orNothing } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';

/** A promotion that came as far as the lease, and no further than its way back. */
export interface FailedPromotion {
  version: string;
  commit: string;
  run: string;
  /** Of the run: it fails once, however often its end is looked at. */
  uid: string;
  /** RFC 3339. */
  time: string;
}

/** A status shows no more. */
const KEPT = 10;

function placeOf(directory: string): string {
  return join(directory, 'failed-promotions.json');
}

/**
 * Notes it beside the known-good, durably, for the history of the Canonical. By who holds the lease; idempotent for a run.
 * A canonical whose directory is gone has no history.
 */
export async function noteFailedPromotion(directory: string, failed: FailedPromotion): Promise<void> {
  const before = await readFailedPromotions(directory);
  if (before.some(({ uid }) => uid === failed.uid)) return;
  const path = placeOf(directory);
  const kept = [failed, ...before].slice(0, KEPT);
  await orNothing(writeJsonDurable(path, kept, { directory: 'MustExist' }), 'ENOENT');
}

/** Those that were noted, newest first; none where that cannot be read: they only report. @throws system errors as they are. */
export async function readFailedPromotions(directory: string): Promise<FailedPromotion[]> {
  const noted = await orNothing(readJson<unknown>(placeOf(directory)), 'Damaged');
  return Array.isArray(noted) ? noted.filter(isFailedPromotion) : [];
}

function isFailedPromotion(value: unknown): value is FailedPromotion {
  if (!isRecord(value)) return false;
  return ['version', 'commit', 'run', 'uid', 'time'].every((field) => typeof value[field] === 'string');
}
