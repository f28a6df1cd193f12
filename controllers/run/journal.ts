import { join } from 'node:path';
import type { Attempt as AttemptStatus, Condition, StageName, StageReason } from '../../lib/api/index.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import type { AppliedApp } from '../../lib/app/app-site.ts';
import type { StoreRef, UnprovenStore } from '../../lib/canary/canary.ts';
import type { PageSeen } from '../../lib/checks/page-check.ts';
import { orNothing } from '../../lib/errors.ts';
import { exists } from '../../lib/fs/exists.ts';
import type { PromotionJournal } from '../../lib/known-good/promotion-steps.ts';
import type { StartTime } from '../../lib/recipe/start-time.ts';
import type { RunRecord } from '../../lib/run-record/run-end.ts';
import {
  type Fallback,
  type ResolvedKnownGood,
  type RunProgress,
  readProgress,
  writeProgress,
} from '../../lib/run-record/run-files.ts';
import type { ProviderApp } from '../../lib/sso/provider-app.ts';
import type { HeldRealm } from '../../lib/sso/realm-leases.ts';
import { DamagedRecord } from '../../lib/store/damaged-record.ts';
import type { ObjectStore } from '../../lib/store/store.ts';
import type { CanonicalPlace } from './canonical-place.ts';
import type { AttemptDependency } from './dependencies/dependency.ts';
import type { RunPass } from './stage.ts';
import type { NeverRanReason } from './steps/never-ran.ts';

/** One try; everything external of it is named from the uid and its number. */
export interface Attempt extends AttemptStatus {
  domain: string;
  /** What it makes outside, each noted before it exists, in that order; the teardown goes over them. */
  resources?: readonly Resource[];
  /** Those of `ci.dependsOn`, once they are chosen. */
  dependencies?: readonly AttemptDependency[];
  /** Of a quick one: whose known-good it runs on; the lease of that is among its resources. */
  reattached?: CanonicalPlace;
}

/**
 * Something outside that belongs to an attempt: its app, a provider of its own, a realm in somebody else's, or the lease
 * of a known-good with what runs on its data.
 */
export type Resource = { kind: 'App'; domain: string } | RealmResource | LeaseResource;

export interface LeaseResource {
  kind: 'Lease';
  place: CanonicalPlace;
}

export interface RealmResource {
  kind: 'Realm';
  realm: string;
  /** Name of the WarmService, for leases and for people. */
  service: string;
  /** Where it is, whatever becomes of the WarmService. */
  provider: ProviderApp;
}

/** Where the app of an attempt is. Pure. */
export function appDomain({ domain, reattached }: Pick<Attempt, 'domain' | 'reattached'>): string {
  return reattached?.domain ?? domain;
}

/** All that an attempt may have made. Pure. */
export function resourcesOf({ resources, domain }: Attempt): readonly Resource[] {
  return resources ?? [{ kind: 'App', domain }];
}

/** The realms that the last attempt has in warm services, until they are proven to be gone. Pure. */
export function heldRealms(run: string, { attempts, tornDown }: RunJournal): HeldRealm[] {
  if (tornDown) return [];
  const realms = (attempts.at(-1)?.resources ?? []).filter((one) => one.kind === 'Realm');
  return realms.map(({ realm, service }) => ({ run, service, realm }));
}

/** What the attempt under way knows beside its stage results; journaled after every step that changes it. */
export interface AttemptMemory extends AppliedApp {
  /** The step to do next. */
  cursor: { stage: StageName; step: number };
  /** Readings of the monotonic clock of this session: an attempt never goes on testing in another. */
  attemptStartedMs: number;
  stepStartedMs: number;
  /** What the version that was deployed last says of its start, and how long its deploy took; absent: none was. */
  start?: StartTime & { deployTookMs?: number };
  seeded: boolean;
  /** The next test of the Custom stage. */
  testIndex: number;
  /** Tests that failed without having run, because of what we were told: how many, and why the first did not. */
  neverRan?: { count: number; reason: NeverRanReason };
  /** What the page of the app showed before the upgrade. */
  pageBefore?: PageSeen;
  /** Since when the page is looked at: a reading of the monotonic clock. */
  pageSinceMs?: number;
  /** Where data hooks are not given: what was written into the stores of the app, and which of them prove nothing. */
  canary?: CanaryMemory;
  /** When the app was first found down before the verdict, monotonic milliseconds. */
  foundDownMs?: number;
  /** The lease of the known-good was held, by this attempt. */
  leased?: boolean;
  /** Of a quick attempt: the known-good that it runs on, proven. */
  knownGood?: ResolvedKnownGood;
  /** Why it is made cold although quick was asked. */
  fallback?: Fallback;
  /** What Backup wrote: its digests, by volume and path. */
  backup?: { volume: string; path: string; digest: string }[];
}

/** The canaries of an app as they were last planted. */
export interface CanaryMemory {
  token: string;
  stores: StoreRef[];
  unproven: UnprovenStore[];
}

/** How far the promotion has come, beside its steps. */
export interface PromotionMemory extends AppliedApp {
  /** Where it works, and where its way back goes, whatever becomes of the Canonical. */
  place?: CanonicalPlace;
  steps?: PromotionJournal;
  /** Monotonic reading, of this session. */
  stepStartedMs: number;
  /** Generation that the data descends from; absent: the app is installed afresh. */
  parent?: string;
  /** Service → image reference that ran while it was healthy. */
  images?: Record<string, string>;
  seeded: boolean;
  /** What was written into the data of the canonical: it goes before that becomes known-good, whatever happens. */
  canary?: CanaryMemory;
  /** What went wrong, for the stage's message, and the reason that was found for it. Masked. */
  message?: string;
  found?: StageReason;
  /** Faults in a row that its step met, and the last one, masked; absent after a step that went well. */
  fault?: { count: number; message: string };
}

/** `objects/Run/<name>/journal.json`; written by the key's worker only. */
export interface RunJournal extends RunRecord {
  format: 1;
  /** The controller process that works on the attempt; another one means that this one died. */
  session: string;
  attempts: Attempt[];
  crashes: number;
  /** A fault that is not the recipe's has ended the attempt under way: masked. */
  fault?: { message: string };
  /** Somebody else got the lease first: the attempt is given up, and waits for it without a slot. */
  yielded?: boolean;
  infraRetries: number;
  /** Milliseconds since the epoch; a back-off, not a period that ends in destruction. */
  retryAt?: number;
  memory?: AttemptMemory;
  /** Stage results of that attempt: one record with what it knows, so that no fault keeps the one and loses the other. */
  progress?: RunProgress;
  /** The controller stopped on purpose in mid-attempt: no crash. */
  stoppedGracefully?: boolean;
  /** Set by `cancel` or by deletion. */
  cancel?: { by: string; reason: 'Cancelled' | 'Deleted' };
  afterTeardown?: 'NextAttempt' | 'End';
  /** Reading of the running-time counter at which the held app goes. */
  holdUntilRunningMs?: number;
  /** `retryTime`: when it is tried again, RFC 3339. */
  teardown?: { startedRunningMs: number; tries: number; remaining: string[]; retryTime?: string };
  promotionMemory?: PromotionMemory;
  completionTime?: string;
  /** As last projected, for the transition times. */
  conditions?: Condition[];
  endedRunningMs?: number;
  artifactsRemoved?: boolean;
  /** Artifacts are written and what only the tests needed is gone. */
  collected?: boolean;
  /** The final status, frozen before anything is collected; from then on only this is projected. */
  frozen?: Record<string, unknown>;
}

/** A run that has done nothing yet. */
export function newJournal(session: string): RunJournal {
  return { format: 1, step: 'Pending', session, attempts: [], crashes: 0, infraRetries: 0, tornDown: true };
}

/** The attempt under way, or the last one. */
export function currentAttempt(journal: RunJournal): Attempt | undefined {
  return journal.attempts.at(-1);
}

/**
 * The journal of a run, or a new one where the run has done nothing yet.
 * @throws DamagedRecord where it cannot be read, or is lost although the run has done something: no run is tested twice.
 */
export async function journalOf(
  store: Pick<ObjectStore, 'readJournal'>,
  key: ObjectKey,
  { session, runDirectory }: { session: string; runDirectory: string },
): Promise<RunJournal> {
  const journal = await store.readJournal<RunJournal>(key);
  if (journal !== undefined) return journal;
  if (!(await hasBegun(runDirectory))) return newJournal(session);
  const path = `objects/${key.kind}/${key.name}/journal.json`;
  throw new DamagedRecord(path, new Error(`${path} is lost, but ${runDirectory} shows that the run began`));
}

/**
 * Journals what the pass made of a run, the stages of its attempt with it, and shows them in the run's directory then. An
 * ended run keeps them there alone. @throws CcError `NoSpace`; system errors as they are.
 */
export async function saveRun(run: RunPass): Promise<void> {
  const { journal, progress, services, object, directories } = run;
  delete journal.progress;
  if (progress && !journal.collected) journal.progress = progress;
  await services.store.writeJournal({ kind: 'Run', name: object.name }, journal);
  const text = JSON.stringify(journal.progress);
  if (!journal.progress || text === run.shown) return;
  await writeProgress(directories.root, journal.progress);
  run.shown = text;
}

/** A stage is written after the journal of its attempt, results after that of the end. */
async function hasBegun(runDirectory: string): Promise<boolean> {
  if (await exists(join(runDirectory, 'results.json'))) return true;
  const progress = await orNothing(readProgress(runDirectory), 'Damaged');
  return progress?.stages.some(({ result }) => result !== 'Pending') ?? false;
}
