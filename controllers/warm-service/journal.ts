import type { Condition, FailedSet, SnapshotStatus, WarmServiceHistoryEntry } from '../../lib/api/index.ts';
import type { AppSettings } from '../../lib/app/app-plan.ts';
import type { ApprovalState, StayReason } from '../../lib/gate/choose-target.ts';
import type { ReleasedRevision } from '../../lib/known-good/last-good.ts';
import type { WarmRecord } from '../../lib/known-good/warm-record.ts';
import type { WarmOperationType, WarmSteps } from './operations.ts';

/** An operation in flight, or one that failed for good and waits for a person. */
export interface OperationRecord {
  type: WarmOperationType;
  /** Of the set that it makes, of its alert and its record of success: the same however often it is resumed. */
  id: string;
  /** What ran before; absent: nothing did. */
  from?: ReleasedRevision;
  to: ReleasedRevision;
  steps: WarmSteps;
  /** RFC 3339. */
  startTime: string;
  /** The set that a rollback goes back to; absent: the data stays as it is. */
  set?: string;
  /** Why a rollback was begun: the reason and the words of what it undoes. */
  cause?: OperationFault;
  /** When the step under way began, a reading of the monotonic clock of the process that resumed it last. */
  stepStartedMs: number;
  /** When the spec was last applied, milliseconds since the epoch; 0: it was not. */
  appliedMs: number;
  /** What of the spec it deploys with. */
  settings?: DeployedSettings;
  /** Of a first deploy: neither volumes nor env were there before it. */
  isFresh?: boolean;
  /** The set of the data as it was before was made, under the id of the operation. */
  hasSet?: true;
  /** The controller stopped on purpose in the middle: no crash. */
  stoppedGracefully?: true;
  /** How often a rollback was given up and begun again: each restores anew. */
  tries?: number;
  /** How often others changed what it had deployed, and it was deployed again. */
  changes?: number;
  up: boolean;
  url?: string;
  /** When the live data went aside, RFC 3339. */
  asideTime?: string;
  /** Its set was put back: the live data is that of `to`. */
  isRestored?: true;
  /** Rollbacks before it that a person gave up for it: what they replaced is aside, and no set yet. The oldest first. */
  givenUp?: GivenUp[];
  /** What is kept of what went aside. */
  failedSet?: Pick<FailedSet, 'id' | 'lossWindow'>;
  /** What the last step that failed said, and how often in a row the ground failed it. */
  fault?: { count: number; message: string };
  /** Why it goes no further. */
  failure?: OperationFault;
}

/** What has to be known of a rollback to make a set of what it replaced. */
export type GivenUp = Pick<OperationRecord, 'id' | 'from' | 'set' | 'startTime' | 'asideTime'>;

/** A reason of the closed union of failures, and what was seen; masked. */
export interface OperationFault {
  reason: string;
  message: string;
}

/** What of the spec an app is deployed with, beside its version: env, compose files and secrets. */
export type DeployedSettings = Omit<AppSettings, 'recipe'>;

/** What the gate says of an edit of the spec, or what became of it. */
export interface Edit {
  /** Of the settings that it asks for. */
  digest: string;
  state: 'Allowed' | 'Held' | 'Failed';
  reasons: readonly string[];
}

/** A version that failed, until when (running time, milliseconds) it is not tried again. */
export interface Quarantined {
  version: string;
  commit: string;
  reason: string;
  untilRunningMs: number;
  /** Of the spec that it failed with; another one tries it again. Absent: it counts whatever the spec says. */
  digest?: string;
}

/** A set of what a rollback replaced, and until when (running time, milliseconds) it is kept. */
export interface KeptFailedSet extends ReleasedRevision, Pick<FailedSet, 'id' | 'time' | 'lossWindow'> {
  untilRunningMs: number;
}

/** The newest releases when they were last looked at. */
export interface Newest {
  atRunningMs: number;
  session: string;
  /** The spec that was chosen by. */
  digest: string;
  latest?: ReleasedRevision;
  /** What is to run: allowed, not quarantined, not older than what runs. */
  target?: ReleasedRevision;
  /** The highest that waits for a person, with what the gate says. */
  held?: ReleasedRevision & { reasons: readonly string[]; rules?: readonly string[] };
  /** Why nothing newer is to run. */
  stays?: StayReason;
  /** What became of the approval. */
  approval?: ApprovalState;
  /** Where the spec asks for other settings than what runs was deployed with. */
  edit?: Edit;
}

/** `objects/WarmService/<name>/journal.json`; written by the key's worker only. */
export interface WarmServiceJournal extends WarmRecord {
  format: 1;
  recipe?: string;
  operation?: OperationRecord;
  newest?: Newest;
  quarantine: Quarantined[];
  approved?: { version: string; commit: string };
  /** The version that has begun data that stays in its place, though it never was healthy: no older one is given it. */
  begun?: string;
  /** When the app was last deployed, milliseconds since the epoch, where it answered, and with what of the spec. */
  applied?: { ms: number; url?: string; settings?: DeployedSettings };
  /** Digest of the edit that a person let through, and of the one that was tried and taken back. */
  approvedEdit?: string;
  failedEdit?: string;
  /** What could not be prepared, by faults of the ground, with which spec, how often in a row, and when last. */
  postponed?: { digest: string; count: number; atRunningMs: number; message: string };
  /** The version whose upgrade waits for runs that use the service, and since when, running time, milliseconds. */
  waits?: { commit: string; sinceRunningMs: number };
  /** The digest of the spec with which an app that flapped was left alone. */
  leftAlone?: string;
  /** When repairs began, running time, milliseconds; the newest last. */
  repairs: number[];
  /** The last set that was made of the data before an upgrade. */
  snapshot?: SnapshotStatus;
  /** The newest first. */
  failedSets?: KeptFailedSet[];
  history: WarmServiceHistoryEntry[];
  conditions?: Condition[];
  /** The start of the deletion (running time) for which the app was undeployed; a later one undeploys again. */
  undeployedFor?: number;
  /** What a listing found after the last try to destroy the app; absent before the first. */
  remaining?: string[];
}

export function newWarmServiceJournal(): WarmServiceJournal {
  return { format: 1, quarantine: [], repairs: [], history: [] };
}
