import { join } from 'node:path';
import type { DefaultedAppBlock, DefaultedCiProfile, DefaultedRunSpec } from '../api/generated/defaulted.ts';
import type { RunDependency, RunMode, RunStatus, StageResult } from '../api/generated/types.ts';
import { CcError } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import type { VersionListing } from '../recipe/version.ts';
import { COLD_STAGES, QUICK_STAGES } from './stages.ts';

/** How far an attempt has got: an observed input of the run's plan, not a projection. */
export interface RunProgress {
  format: 1;
  attempt: number;
  /** What the attempt is; of a quick one that fell back, the mode it fell back to. */
  mode: RunMode;
  /** All stages of the mode, in order. */
  stages: StageResult[];
  /** Transitions undeployed → deployed of this attempt's own domains, as the platform showed them. */
  deploys: number;
  /** Whether the app was deployed when it was last looked at; absent before the first look. */
  deployed?: boolean;
  /** The same of each provider that the attempt deploys for itself, by its name in `ci.dependsOn`. */
  providers?: Record<string, boolean>;
}

/** The progress of an attempt in which nothing has begun. Pure. */
export function newProgress(attempt: number, mode: RunMode): RunProgress {
  const names = mode === 'Cold' ? COLD_STAGES : QUICK_STAGES;
  return { format: 1, attempt, mode, deploys: 0, stages: names.map((name) => ({ name, result: 'Pending' })) };
}

/** The file in a run's directory. */
export function progressPath(runDirectory: string): string {
  return join(runDirectory, 'progress.json');
}

/** Journals the progress: durable. Texts have to be masked already. */
export async function writeProgress(runDirectory: string, progress: RunProgress): Promise<void> {
  await writeJsonDurable(progressPath(runDirectory), progress);
}

/**
 * The progress, or undefined where none was journaled.
 * @throws CcError `Damaged` for a file that is not JSON or of another format.
 */
export async function readProgress(runDirectory: string): Promise<RunProgress | undefined> {
  const progress = await readJson<RunProgress>(progressPath(runDirectory));
  if (progress && (progress.format !== 1 || !Array.isArray(progress.stages)))
    throw new CcError('Damaged', `${progressPath(runDirectory)} is not a progress of format 1`);
  return progress && { ...progress, mode: progress.mode ?? 'Cold' };
}

/**
 * Notes in the draft what the platform shows of the attempt's app: each transition undeployed → deployed is a deploy. An
 * app that nobody has looked at yet counts as undeployed. @param provider of a provider, what the run calls it.
 */
export function noteDeployed(progress: RunProgress, deployed: boolean, provider?: string): void {
  const before = provider === undefined ? progress.deployed : progress.providers?.[provider];
  if (deployed && before !== true) progress.deploys += 1;
  if (provider === undefined) progress.deployed = deployed;
  else progress.providers = { ...progress.providers, [provider]: deployed };
}

/**
 * How often an attempt deploys: its own app once, whatever is upgraded in place, and each dependency for which no warm
 * provider is up. Pure.
 */
export function expectedDeploys(dependencies: readonly Pick<RunDependency, 'mode'>[]): number {
  return 1 + dependencies.filter(({ mode }) => mode === 'Cold').length;
}

/** One commit that a run deploys. */
export interface ResolvedCommit {
  commit: string;
  /** Its own tag, else the compose label, else the nearest tagged ancestor's; absent where there is none. */
  version?: string;
  /** The annotated version tag that peels to the commit. */
  tag?: string;
}

/** The base of the upgrade, or why there is none. */
export type ResolvedBase =
  | (ResolvedCommit & { from: 'KnownGood' | 'Release' | 'DefaultBranch' | 'Pinned' })
  | { from: 'None'; reason: 'NothingToTest' | 'BasePolicyNone'; message: string };

/** The known-good that a quick run reattaches. */
export interface ResolvedKnownGood {
  generation: string;
  commit: string;
  version: string;
  /** Where its commit is, whatever source the run names. */
  source: string;
}

/** The Canonical that a run takes app and ci from. */
export interface ResolvedCanonical {
  name: string;
  uid: string;
  generation: number;
  /** The domain that it had claimed; absent where it had none yet. */
  domain?: string;
}

/** Why a quick run is made cold. */
export type Fallback = NonNullable<RunStatus['fallback']>;

/**
 * What Prepare resolved: whatever the spec files, the source or the profile do afterwards, an attempt and its
 * resumption see this. `app`, `ci` and `run` are the validated blocks as they were, defaults applied.
 */
export interface ResolvedRun {
  format: 1;
  run: { name: string; uid: string };
  attempt: number;
  recipe: string;
  source: string;
  /** The source is a local path: trust follows its branches. */
  sourceType: 'Remote' | 'LocalPath';
  mode: RunMode;
  /** Where Quick was asked and Cold is run. */
  fallback?: Fallback;
  /** Of a quick run: what it reattaches. */
  knownGood?: ResolvedKnownGood;
  ref: string;
  head: ResolvedCommit;
  base: ResolvedBase;
  trusted: boolean;
  /** The source's tags as they were. */
  tags: VersionListing;
  domain: string;
  url?: string;
  app: DefaultedAppBlock;
  ci: DefaultedCiProfile;
  spec: DefaultedRunSpec;
  /** The Canonical that app and ci were copied from. */
  canonical?: ResolvedCanonical;
  /** Copy of the profile directory: where it lies and the digest of its files. */
  profile?: { directory: string; digest: string };
  resolvedTime: string;
}

/** The file in a run's directory. */
export function resolvedPath(runDirectory: string): string {
  return join(runDirectory, 'resolved.json');
}

/** Durable, replaces that of an earlier attempt. */
export async function writeResolved(runDirectory: string, resolved: ResolvedRun): Promise<void> {
  await writeJsonDurable(resolvedPath(runDirectory), resolved, { mode: 0o600 });
}

/**
 * What was resolved, or undefined where Prepare has not got so far.
 * @throws CcError `Damaged` for a file that is not JSON or of another format.
 */
export async function readResolved(runDirectory: string): Promise<ResolvedRun | undefined> {
  const resolved = await readJson<ResolvedRun>(resolvedPath(runDirectory));
  if (resolved && resolved.format !== 1)
    throw new CcError('Damaged', `${resolvedPath(runDirectory)} has format ${String(resolved.format)}, not 1`);
  return resolved;
}
