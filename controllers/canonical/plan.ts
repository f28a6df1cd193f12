import type { Lease } from '../../lib/known-good/lease.ts';
import type { VolumesState } from '../../lib/known-good/volumes-state.ts';
import type { Leavings } from '../../lib/snapshot/leavings.ts';
import type { Judgement } from './acceptance.ts';
import type { CanonicalJournal } from './journal.ts';

/** The digest of a known-good is checked at start and so often while idle, milliseconds. */
export const VERIFY_INTERVAL_MS = 24 * 60 * 60 * 1000;

/** Names the prepared copy among what is looked at. */
export const PREPARED = 'prepared';

/** Everything a decision about a canonical is made from. Durations in milliseconds. */
export interface CanonicalFacts extends Judgement {
  journal: CanonicalJournal;
  session: string;
  runningMs: number;
  resyncMs: number;
  claimed: boolean;
  deletion: 'None' | 'Missing' | 'Started' | 'Destroying';
  deletionStartedRunningMs: number;
  dataRetentionMs: number;
  retain: boolean;
  suspended: boolean;
  seedPolicy: 'Auto' | 'Manual';
  /** Id that the pointer names, or why it names nothing usable. */
  knownGood: { state: 'Present'; id: string } | { state: 'Absent' } | { state: 'Unreadable'; reason: string };
  volumes: VolumesState;
  /** The platform has a volume of every name that the known-good records. */
  volumesPresent: boolean;
  /** What operations left behind; looked for beside a known-good, while nobody holds the lease. */
  leavings: Leavings;
  /** Asides that were put away are still to be removed. */
  trash: boolean;
  /** Whether a sealed copy of the known-good lies beside the volumes. */
  prepared: 'Sealed' | 'Absent';
  /** What is read in turn beside the known-good: its ancestors, by id, and the prepared copy; and when that was last. */
  looks: readonly { what: string; atRunningMs: number }[];
  /** Nothing was ever known to be good, and no live data may be worth something; looked for once it is deleted. */
  neverGood: boolean;
  lease: Lease | undefined;
  /** The holder is a run that is not over. */
  leaseHolderAlive: boolean;
  /** Hash that a seed of now would have; absent while the newest tag is not known. */
  seedHash: string | undefined;
  /** The seed run of that hash exists and is not over. */
  seedRunning: boolean;
}

export type CanonicalAction =
  | { type: 'Reject' }
  | { type: 'Claim' }
  | { type: 'Accept' }
  | { type: 'Refuse' }
  | { type: 'RepairLease' }
  | { type: 'Verify'; id: string }
  | { type: 'RestoreVolumes'; id: string }
  | { type: 'Tidy' }
  | { type: 'EmptyTrash' }
  | { type: 'Prepare' }
  | { type: 'Look'; what: string }
  | { type: 'FindNewest' }
  | { type: 'Seed'; hash: string }
  | { type: 'Rest'; reason: string; afterMs: number }
  | { type: 'Undeploy' }
  | { type: 'StartDestroying' }
  | { type: 'Destroy' }
  | { type: 'Forget' };

/** Whether an act only makes later ones quicker or surer: the canonical is at rest all the same. Pure. */
export function isInBackground({ type }: CanonicalAction): boolean {
  return type === 'EmptyTrash' || type === 'Prepare' || type === 'Look';
}

/** Decides the one next act for a canonical. Pure. */
export function planCanonical(facts: CanonicalFacts): CanonicalAction {
  if (facts.deletion === 'Destroying') return facts.retain ? { type: 'Forget' } : { type: 'Destroy' };
  if (facts.deletion === 'Started') return planDeletion(facts);
  if (facts.rejection && !facts.noted) return { type: 'Refuse' };
  if (facts.rejection && !facts.inForce) return { type: 'Reject' };
  if (!facts.claimed) return { type: 'Claim' };
  if (!facts.noted) return { type: 'Accept' };
  if (facts.lease) return planLeased(facts);
  return facts.knownGood.state === 'Present' ? planKnownGood(facts, facts.knownGood.id) : planSeed(facts);
}

/** What was put away is nobody's: it is removed while a run works, too. */
function planLeased({ leaseHolderAlive, trash, resyncMs }: CanonicalFacts): CanonicalAction {
  if (!leaseHolderAlive) return { type: 'RepairLease' };
  return trash ? { type: 'EmptyTrash' } : { type: 'Rest', reason: 'Leased', afterMs: resyncMs };
}

function planDeletion(facts: CanonicalFacts): CanonicalAction {
  if (facts.lease && facts.leaseHolderAlive) return { type: 'Rest', reason: 'RunsEnding', afterMs: 1_000 };
  if (facts.journal.undeployedFor !== facts.deletionStartedRunningMs) return { type: 'Undeploy' };
  if (facts.retain) return { type: 'StartDestroying' };
  const left = facts.deletionStartedRunningMs + retentionMs(facts) - facts.runningMs;
  return left > 0 ? { type: 'Rest', reason: 'DataRetention', afterMs: left } : { type: 'StartDestroying' };
}

/** How long the data stays after the deletion began, milliseconds of running time: what is nobody's need not. Pure. */
export function retentionMs({ neverGood, knownGood, dataRetentionMs }: CanonicalFacts): number {
  return neverGood && knownGood.state === 'Absent' ? 0 : dataRetentionMs;
}

function planKnownGood(facts: CanonicalFacts, id: string): CanonicalAction {
  const { verified } = facts.journal;
  const age = facts.runningMs - (verified?.atRunningMs ?? 0);
  const fresh = verified?.generation === id && verified.session === facts.session && age < VERIFY_INTERVAL_MS;
  if (!fresh || !verified) return { type: 'Verify', id };
  if (verified.state === 'Damaged') return planSeed(facts);
  const lost = !facts.volumesPresent || facts.volumes.state === 'Missing' || facts.volumes.state === 'Unknown';
  if (lost || facts.leavings === 'Unfinished') return { type: 'RestoreVolumes', id };
  if (facts.leavings === 'Litter') return { type: 'Tidy' };
  return planBackground(facts, id, age);
}

/** What makes later acts quicker or surer, while nobody needs anything. @param age of the last look at the known-good. */
function planBackground(facts: CanonicalFacts, id: string, age: number): CanonicalAction {
  if (facts.trash) return { type: 'EmptyTrash' };
  if (isPreparingDue(facts, id)) return { type: 'Prepare' };
  const [next] = [...facts.looks].sort((one, other) => one.atRunningMs - other.atRunningMs);
  const left = VERIFY_INTERVAL_MS - (next === undefined ? age : Math.max(age, facts.runningMs - next.atRunningMs));
  if (next !== undefined && left <= 0) return { type: 'Look', what: next.what };
  return { type: 'Rest', reason: 'Idle', afterMs: Math.min(facts.resyncMs, left) };
}

/** Once for a generation that could not be prepared, and again at each resync: there may be room by then. */
function isPreparingDue({ prepared, suspended, journal, runningMs, resyncMs }: CanonicalFacts, id: string): boolean {
  if (prepared === 'Sealed' || suspended) return false;
  const { notPrepared } = journal;
  return notPrepared?.generation !== id || runningMs - notPrepared.atRunningMs >= resyncMs;
}

/** What was put away goes once the seed is on its way, which may wait for that room: one that cannot go keeps no seed from it. */
function planSeed(facts: CanonicalFacts): CanonicalAction {
  const next = planNextSeed(facts);
  return next.type === 'Rest' && facts.trash ? { type: 'EmptyTrash' } : next;
}

/** No usable known-good: with `seed: Auto` one cold run of the newest tag; its failure waits for something new. */
function planNextSeed(facts: CanonicalFacts): CanonicalAction {
  const { journal, seedHash } = facts;
  const idle: CanonicalAction = { type: 'Rest', reason: 'NoKnownGood', afterMs: facts.resyncMs };
  if (facts.suspended || facts.seedPolicy === 'Manual') return idle;
  if (facts.seedRunning) return { type: 'Rest', reason: 'Seeding', afterMs: facts.resyncMs };
  const known = journal.newest;
  const stale = !known || known.session !== facts.session || facts.runningMs - known.atRunningMs >= facts.resyncMs;
  if (stale) return { type: 'FindNewest' };
  if (seedHash === undefined) return { ...idle, reason: 'NeverReleased' };
  if (journal.seed?.hash === seedHash)
    return { ...idle, reason: journal.seed.result === undefined ? 'Seeding' : 'SeedFailed' };
  return { type: 'Seed', hash: seedHash };
}
