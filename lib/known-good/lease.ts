import { unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRecord } from '../api/objects.ts';
import { type Clock, toTime } from '../clock.ts';
import { orElse, orNothing } from '../errors.ts';
import { createFileDurable, readJson, syncDirectory } from '../fs/durable.ts';

/** Who may touch a canonical's volumes, domain and pointer. */
export interface LeaseHolder {
  /** Name of the run, or `canonical` for the Canonical reconciler. */
  holder: string;
  uid: string;
  attempt: number;
}

/** A lease that is held. No time ends it. */
export interface Lease extends LeaseHolder {
  /** RFC 3339; empty where the lease file cannot be read. */
  since: string;
}

/** What stands for a file that holds no lease: held, by nobody we know. */
export const UNKNOWN_LEASE: Lease = { holder: 'unknown', uid: '', attempt: 0, since: '' };

/**
 * Takes the lease of the canonical in `directory` if it is free, and gives who holds it then: the caller, or another.
 * Idempotent for the same holder, uid and attempt.
 */
export async function acquireLease(directory: string, wanted: LeaseHolder, clock: Clock): Promise<Lease> {
  const { holder, uid, attempt } = wanted;
  const lease: Lease = { holder, uid, attempt, since: toTime(clock.now()) };
  for (;;) {
    const held = await readLease(directory);
    if (held !== undefined) return held;
    const created = createFileDurable(leasePath(directory), `${JSON.stringify(lease)}\n`).then(() => lease);
    const mine = await orNothing(created, 'Conflict');
    if (mine !== undefined) return mine;
  }
}

/** Whether a lease is that holder's, in that attempt. Pure. */
export function holdsLease(lease: LeaseHolder | undefined, holder: LeaseHolder): boolean {
  return lease?.holder === holder.holder && lease.uid === holder.uid && lease.attempt === holder.attempt;
}

/**
 * The lease, or undefined when it is free. A file that holds no lease is {@link UNKNOWN_LEASE}.
 * @throws system errors as they are: the lease of a living holder never looks like nobody's because it could not be read.
 */
export async function readLease(directory: string): Promise<Lease | undefined> {
  const lease = await orElse(readJson<unknown>(leasePath(directory)), 'Damaged', () => UNKNOWN_LEASE);
  return lease === undefined || isLease(lease) ? lease : UNKNOWN_LEASE;
}

/** The run that has the lease, if one has. @throws system errors as they are. */
export async function runWithLease(directory: string): Promise<string | undefined> {
  const lease = await readLease(directory);
  return lease === undefined || lease.attempt === 0 ? undefined : lease.holder;
}

function isLease(value: unknown): value is Lease {
  if (!isRecord(value)) return false;
  const { holder, uid, attempt, since } = value;
  return (
    typeof holder === 'string' && typeof uid === 'string' && typeof attempt === 'number' && typeof since === 'string'
  );
}

/**
 * Gives the lease back if `own` holds it; true when it is free afterwards. Another's lease stays. For a lease of which
 * the holder is over (or unreadable), pass what {@link readLease} gave. Idempotent.
 */
export async function releaseLease(directory: string, own: LeaseHolder): Promise<boolean> {
  const held = await readLease(directory);
  if (held === undefined) return true;
  if (!holdsLease(held, own)) return false;
  await orNothing(unlink(leasePath(directory)), 'ENOENT');
  await syncDirectory(dirname(leasePath(directory)));
  return true;
}

function leasePath(directory: string): string {
  return join(directory, 'lease.json');
}
