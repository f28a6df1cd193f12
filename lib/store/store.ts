/** What is desired and what was journaled, per object. The authority is the state directory; status files are projections. */
import type { Kind, ObjectKey } from '../api/kinds.ts';
import type { CcError } from '../errors.ts';
import type { EventInput } from '../events/event.ts';
import type { SpecProblem } from './spec-codec.ts';

export type { EventInput };

/** A verb somebody asked for with `ccctl`; journaled with the object on arrival, removed when it was acted on. */
export interface PendingRequest {
  /** File name of the request without `.json`: unique, sorts by time. */
  id: string;
  verb: 'reconcile' | 'suspend' | 'resume' | 'approve' | 'cancel' | 'retry' | 'rollback' | 'run' | 'delete';
  args: Readonly<Record<string, string>>;
  by: string;
  /** RFC 3339. */
  time: string;
  /** The generation the person had seen, where `ccctl` named it. */
  generation?: number;
  /** Reading of the running-time counter on arrival, milliseconds. */
  receivedRunningMs?: number;
}

export interface HandledRequest extends Pick<PendingRequest, 'id' | 'verb'> {
  time: string;
  result: 'Done' | 'Refused';
  message: string;
}

/**
 * How far the removal of an object has come. `Missing`: the file is absent, the grace time runs, nothing is done yet.
 * `Started`: the reconciler undeploys and waits for the retention; a file that returns takes it back. `Destroying`: no
 * way back; a file that returns waits and becomes a new object.
 */
export interface Deletion {
  state: 'Missing' | 'Started' | 'Destroying';
  /** Reading of the running-time counter when the file was first missed. */
  missingSinceRunningMs: number;
  /** Reading when `Started` was journaled; retention counts from here. */
  startedRunningMs?: number;
  /** The same by the wall clock, RFC 3339, for people. */
  startedTime?: string;
  /** True where a person said `delete` for this uid: no grace time, outside the mass guard. */
  requested: boolean;
  /** Present where a person said that the data need not be kept any longer. */
  purge?: true;
  /** What the spec file describes now, where it was renamed inside. */
  renamedTo?: ObjectKey;
}

/** A spec that came into force. */
export interface AcceptedSpec {
  /** Schema defaults applied. */
  spec: unknown;
  /** Its canonical digest. */
  digest: string;
  /** The generation it came into force with. */
  generation: number;
}

/** Why a spec that validates is not in force. */
export interface Refusal {
  reason: 'DuplicateRecipe' | 'DomainConflict' | 'ImmutableField' | 'Renamed';
  message: string;
}

/** One object as the store remembers it (objects/<Kind>/<name>/object.json). */
export interface StoredObject {
  kind: Kind;
  name: string;
  uid: string;
  /** Absolute path of the spec file. */
  path: string;
  /** `Specs`: the directory people write. `State`: Run files that the controller created below the state directory. */
  source: 'Specs' | 'State';
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  ownerReferences: readonly { kind: Kind; name: string; uid: string }[];
  /** RFC 3339. */
  creationTimestamp: string;
  /** Counts changes of the canonical spec digest, and of bytes that do not validate. */
  generation: number;
  /** The generation `spec` belongs to; lower than `generation` while the file does not validate. */
  validGeneration: number;
  /** Canonical digest of `spec`. */
  digest: string;
  /** sha256 of the file's bytes as last read. */
  fileDigest: string;
  /** Last valid spec, schema defaults applied. Others go by what is in force: see `specInForce`. */
  spec: unknown;
  /** The spec in force, once one was accepted; an edit that is refused leaves it as it is. */
  accepted?: AcceptedSpec;
  /** Why `spec`, of that generation, was refused. */
  refused?: Refusal & { generation: number };
  /** Why the file on disk is not in force, while it is not. */
  rejected?: { reason: 'InvalidSpec' | 'DuplicateName'; problems: readonly SpecProblem[] };
  /** Harmless remarks on the file (ignored fields). */
  notes: readonly SpecProblem[];
  requests: readonly PendingRequest[];
  lastHandledRequest?: HandledRequest;
  /** The journaled `suspend` request; `spec.suspend` is separate. */
  suspended: boolean;
  deletion?: Deletion;
}

/** One line of `decisions.jsonl`: what a plan saw and what it chose. */
export interface DecisionRecord {
  /** Which plan, where an object has several; absent: that of its kind. */
  planner?: string;
  inputs: unknown;
  action: unknown;
}

export interface NewRun {
  name: string;
  spec: Readonly<Record<string, unknown>>;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  owner?: { kind: Kind; name: string; uid: string };
}

/** A domain belongs to one object, for runs to one attempt of it. */
export interface Claim {
  domain: string;
  kind: Kind;
  name: string;
  uid: string;
  /** Runs: the attempt; other kinds: 0. */
  attempt: number;
}

/** A claim that cannot be read: somebody's, nobody knows whose. */
export interface DamagedClaim {
  path: string;
  error: CcError;
}

/** The claims on domains: `claims/<domain>.json`. */
export interface Claims {
  /**
   * Journals the claim before anything is created at the domain. Idempotent for the same owner and attempt.
   * @throws CcError `Conflict` naming the holder.
   */
  claim(claim: Claim): Promise<void>;
  /** Removes the claim if it is this owner's; absent is success. */
  release(domain: string, uid: string): Promise<void>;
  /** Those that can be read: what is not among them may be claimed all the same, see {@link damaged}. */
  list(): Promise<Claim[]>;
  damaged(): Promise<DamagedClaim[]>;
  /** Those of the object of that name, whatever its uid; one read for each that there is. */
  of(key: ObjectKey): Promise<Claim[]>;
  /** @throws DamagedRecord where the claim cannot be read. */
  get(domain: string): Promise<Claim | undefined>;
}

/** The store as reconcilers see it. Reads are from memory; every write is durable when its promise resolves. */
export interface ObjectStore {
  readonly claims: Claims;
  get(key: ObjectKey): StoredObject | undefined;
  /** By kind and name; not to be changed. */
  list(kind?: Kind): readonly StoredObject[];
  /** Canonicals whose spec, as written or as accepted last, names a recipe that this one's does; by name. */
  ofSameRecipe(canonical: StoredObject): StoredObject[];
  /** True where the object was there before and its record is lost or cannot be read: what it owns is somebody's. */
  isDamaged(key: ObjectKey): boolean;
  /**
   * True once this process has listed the specs in full and no file that was never seen fails to parse. Nothing is
   * reaped while it is false.
   */
  complete(): boolean;
  /** Running time of this controller over all its starts, milliseconds; the base of every period that ends in destruction. */
  runningMs(): number;
  /** The key's journal (`journal.json`); only the key's worker writes it. @throws DamagedRecord where it cannot be read. */
  readJournal<T>(key: ObjectKey): Promise<T | undefined>;
  writeJournal(key: ObjectKey, journal: object): Promise<void>;
  /** Writes the status projection where it differs from what was last written; never read back. */
  projectStatus(key: ObjectKey, status: Readonly<Record<string, unknown>>): Promise<void>;
  /**
   * Journals that the spec of `judged` is in force, or why it is not. Idempotent; without effect where the object is
   * another one by now, or has another spec.
   */
  accept(judged: StoredObject): Promise<void>;
  refuse(judged: StoredObject, refusal: Refusal): Promise<void>;
  /**
   * Journals a request of another object's with the object, as if it had come by a file. Idempotent by its id while it
   * waits; without effect where the object is gone, or another one by now.
   */
  ask(
    object: Pick<StoredObject, 'kind' | 'name' | 'uid'>,
    request: Pick<PendingRequest, 'id' | 'verb' | 'by'>,
  ): Promise<void>;
  /** Takes a request off the object and remembers the outcome. Journals `suspended` for `suspend` and `resume`. */
  finishRequest(key: ObjectKey, id: string, result: Pick<HandledRequest, 'result' | 'message'>): Promise<void>;
  /**
   * Creates a Run file exclusively below the state directory and registers it.
   * @throws CcError `Conflict` when an object or file of that name exists.
   */
  createRun(run: NewRun): Promise<StoredObject>;
  /** Journals `Destroying`: from here the object never comes back. */
  markDestroying(key: ObjectKey): Promise<void>;
  /** Last act: removes the status file, the record (rename to `.trash-<uid>`, then remove) and, for created runs, the spec file. */
  remove(key: ObjectKey): Promise<void>;
  /** A second listing, right before an act that destroys: true where the spec file is still absent. */
  confirmAbsent(key: ObjectKey): Promise<boolean>;
  event(key: ObjectKey, event: EventInput): Promise<void>;
  /** For people: kept with the next status of the object, or at once where it is of another plan than that of its kind. */
  decision(key: ObjectKey, decision: DecisionRecord): Promise<void>;
}
