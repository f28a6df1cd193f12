import { join } from 'node:path';
import type { StageName, StageResult } from '../../lib/api/index.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import type { AppSite } from '../../lib/app/app-site.ts';
import { canonicalDomain, runDirectoryName } from '../../lib/app/domain.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { createMask, type Mask } from '../../lib/checks/mask.ts';
import type { PromotionFailure } from '../../lib/known-good/promotion-steps.ts';
import type { RecipeMirror } from '../../lib/recipe/mirror.ts';
import type { StageFailure, UnblamedReason } from '../../lib/run-record/blame.ts';
import type { ResolvedRun, RunProgress } from '../../lib/run-record/run-files.ts';
import type { Pass } from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { readDependencySecrets } from './dependencies/secrets.ts';
import { type Attempt, type AttemptMemory, appDomain, currentAttempt, type RunJournal } from './journal.ts';
import type { UsageSampler } from './steps/usage-sampler.ts';

/** The directories of a run, below `runs/<name>-<uid8>/`. */
export interface RunDirectories {
  root: string;
  logs: string;
  /** The tested commit's files, for hooks and tests. */
  recipe: string;
  /** Copy of the Canonical's profile files. */
  profile: string;
  /** What Backup writes. */
  backup: string;
  scratch: string;
  /** Secrets of what the attempt was given: `<as>/<name>`, 0600. */
  dependencies: string;
}

/** What a step of a stage is given. `memory` and `progress` are drafts: the stage runner journals them afterwards. */
export interface StepContext extends AppSite {
  services: RunServices;
  object: StoredObject;
  directories: RunDirectories;
  attempt: Attempt;
  stage: StageName;
  memory: AttemptMemory;
  progress: RunProgress;
  /** Of Prepare; its first steps are the only ones without. */
  resolved: ResolvedRun | undefined;
  /** Until the deadline of the step or of the run, milliseconds. */
  remainingMs: number;
  /** What the step waited for when it was last done; masked. */
  waitedFor?: string | undefined;
  leavePool(): void;
}

/** A context after Prepare. */
export interface PreparedContext extends StepContext {
  resolved: ResolvedRun;
  mirror: RecipeMirror;
}

export type StageEnd = Pick<
  StageResult,
  'reason' | 'message' | 'service' | 'exitCode' | 'logTail' | 'tests' | 'evidence'
> & {
  result: 'Passed' | 'Failed' | 'Skipped' | 'Unverified';
};

export type StepOutcome =
  | { kind: 'Next' }
  /** The same step again, with what the draft now says. */
  | { kind: 'Again' }
  | { kind: 'Wait'; afterMs: number; waitingFor: string }
  /** The attempt is given up: somebody else has the lease that it needs, and it must not wait for it with a slot. */
  | { kind: 'Yield' }
  | { kind: 'End'; end: StageEnd };

export const next: StepOutcome = { kind: 'Next' };

/** A failed stage, or promotion; of that only the reasons of stages have a blame. */
export function failStage(
  reason: StageFailure | PromotionFailure,
  message: string,
  details: Partial<StageEnd> = {},
): StepOutcome {
  return { kind: 'End', end: { ...details, result: 'Failed', reason, message } };
}

export function skipStage(reason: UnblamedReason, message: string): StepOutcome {
  return { kind: 'End', end: { result: 'Skipped', reason, message } };
}

/** Says in the draft of the running stage what counts as its proof. */
export function noteEvidence({ progress, stage: name }: StepContext, evidence: string): void {
  const stage = progress.stages.find((one) => one.name === name);
  if (stage) stage.evidence = evidence;
}

/** Which deadline bounds a step. `Test`: each command bounds itself. */
export type Deadline = 'Deploy' | 'Health' | 'Test' | 'Total';

export interface Step<Context extends StepContext = PreparedContext> {
  name: string;
  deadline: Deadline;
  /** Idempotent up to the journal write that follows it; one external act at the most. */
  run(context: Context): Promise<StepOutcome>;
}

export interface Stage<Context extends StepContext = PreparedContext> {
  name: StageName;
  steps: readonly Step<Context>[];
}

/** Everything one pass over a run works with; `journal` and `progress` are drafts until `save`. */
export interface RunPass {
  services: RunServices;
  object: StoredObject;
  journal: RunJournal;
  progress: RunProgress | undefined;
  /** The progress as the file beside the artifacts shows it. */
  shown?: string;
  resolved: ResolvedRun | undefined;
  directories: RunDirectories;
  holdOnFailureMs: number;
  pass: Pass;
  /** Journals the draft. */
  save(): Promise<void>;
  /** Ends the run: results, frozen status, journal. */
  finish(): Promise<void>;
}

/** The directories of a run. Pure. */
export function runDirectories(stateDirectory: string, object: Pick<StoredObject, 'name' | 'uid'>): RunDirectories {
  const root = join(stateDirectory, 'runs', runDirectoryName(object.name, object.uid));
  return {
    root,
    logs: join(root, 'logs'),
    recipe: join(root, 'recipe'),
    profile: join(root, 'profile'),
    backup: join(root, 'backup'),
    scratch: join(root, 'scratch'),
    dependencies: join(root, 'dependencies'),
  };
}

/** A mask over every secret of the run's apps: the attempt's own, those of the known-good, and what it was given. */
export async function maskOf({ services, journal, resolved, directories }: RunPass): Promise<Mask> {
  const { stateDirectory, zone } = services.settings;
  const { domain, dependencies = [], reattached } = currentAttempt(journal) ?? {};
  const others = [
    reattached?.domain,
    ...dependencies.map(({ provider }) => provider.domain),
    ...knownGoodDomains({ journal, resolved, zone }),
  ];
  const domains = new Set([domain, ...others]);
  const values = await Promise.all(
    [...domains].map((domain) => (domain ? new AppHome(stateDirectory, domain).secretValues() : [])),
  );
  const given = await readDependencySecrets(directories, dependencies);
  return createMask([...values.flat(), ...given, ...services.mirrors.secretValues()]);
}

/** Where the Canonical's app is: by its claim, which neither an edit nor another zone moves; guessed without one. */
function knownGoodDomains(run: Pick<RunPass, 'journal' | 'resolved'> & { zone: string }): (string | undefined)[] {
  const { journal, resolved, zone } = run;
  const { place } = journal.promotionMemory ?? {};
  if (!resolved?.canonical) return [place?.domain];
  const { name, domain } = resolved.canonical;
  return [place?.domain, domain ?? canonicalDomain(name, resolved.app.domain, zone)];
}

/** The context of one step of the attempt under way. */
export async function stepContext(
  run: RunPass,
  stage: StepContext['stage'],
  remainingMs: number,
): Promise<StepContext> {
  const attempt = currentAttempt(run.journal);
  if (!attempt || !run.journal.memory || !run.progress) throw new Error('a step without an attempt');
  return {
    services: run.services,
    object: run.object,
    directories: run.directories,
    attempt,
    stage,
    memory: run.journal.memory,
    progress: run.progress,
    resolved: run.resolved,
    domain: appDomain(attempt),
    home: new AppHome(run.services.settings.stateDirectory, appDomain(attempt)),
    applied: run.journal.memory,
    mask: await maskOf(run),
    signal: run.pass.signal,
    remainingMs: Math.max(1, remainingMs),
    leavePool: () => run.pass.leavePool(),
  };
}

/** Everything a run works with. */
export interface RunServices extends KindServices {
  /** Measures what apps under test use. */
  usage: UsageSampler;
}
