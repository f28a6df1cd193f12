/** Name of the table, key or file that holds a canary. */
export const CANARY = 'cc_ci_canary';

const STORE_KINDS = ['postgres', 'mariadb', 'redis', 'sqlite', 'files'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** A place of an app that keeps data and takes a canary. Journaled. */
export interface StoreRef {
  kind: StoreKind;
  /** As in the compose file: the one that runs it or mounts its volume. */
  service: string;
  /** What it holds is part of the backup; otherwise only upgrades are proved. */
  backedUp: boolean;
  /** Of `sqlite` and `files`. */
  volume?: string;
  /** Of `sqlite` and `files`, relative to the volume's root; `.` is all of it. */
  path?: string;
  /** Of `files`: what lay beside the canary when it was planted, as identities of files. */
  beside?: string[];
}

/** A place that keeps data and proves nothing, with the reason. Journaled. */
export interface UnprovenStore {
  /** `mongo:db`. */
  store: string;
  reason: 'StoreNotRecognised' | 'StoreRefused' | 'CanaryRemoved';
  why: string;
  backedUp: boolean;
}

/**
 * What a store says. `Found`: it holds the token. `Absent`: it answers and does not. `Removed`: the canary alone is gone,
 * what lay beside it is there. `NotKept`: what is written here is not meant to last, or there is nothing yet. `Silent`: it
 * does not answer now and may do so later. `Refused`: it does not let us.
 */
export interface Answer {
  state: 'Found' | 'Absent' | 'Removed' | 'NotKept' | 'Silent' | 'Refused';
  /** For people; not masked. Empty where there is nothing to say. */
  why: string;
}

/** One store that takes a canary. Every method is bounded in time and idempotent. @throws CcError `Aborted`, `Unreachable`. */
export interface CanaryStore {
  /** Writes the token, in the place of an earlier one, and reads it back. */
  plant(token: string): Promise<Answer>;
  look(token: string): Promise<Answer>;
  /** Takes the canary out, whatever its token, and looks: `Absent` where nothing is left. */
  remove(): Promise<Answer>;
}

const TOKEN = /^ccci-[0-9a-f]{32}$/;

/** A token from 16 random bytes in hexadecimal. Pure. */
export function canaryToken(hex: string): string {
  return `ccci-${hex}`;
}

/** True for a line that is a canary's token. Pure. */
export function isToken(line: string): boolean {
  return TOKEN.test(line);
}

/** `postgres:db`. Pure. */
export function storeName({ kind, service }: Pick<StoreRef, 'kind' | 'service'>): string {
  return `${kind}:${service}`;
}

/** What a stage says that was proved by these stores; undefined for none. Pure. */
export function canaryEvidence(stores: readonly StoreRef[]): string | undefined {
  const names = [...new Set(stores.map(storeName))].sort();
  return names.length === 0 ? undefined : `Canary(${names.join(', ')})`;
}
