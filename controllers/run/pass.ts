import { join } from 'node:path';
import { AppHome } from '../../lib/app/app-home.ts';
import { canonicalDomain, runDirectoryName } from '../../lib/app/domain.ts';
import { createMask, type Mask } from '../../lib/checks/mask.ts';
import type { RunProgress } from '../../lib/run-record/progress.ts';
import type { ResolvedRun } from '../../lib/run-record/resolved.ts';
import type { Pass } from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { currentAttempt, type RunJournal } from './journal.ts';
import type { RunServices } from './services.ts';
import type { RunDirectories, StepContext } from './stage.ts';

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
  };
}

/** A mask over every secret of the run's apps: the attempt's own and those of the known-good. */
export async function maskOf({ services, journal, resolved }: RunPass): Promise<Mask> {
  const { stateDirectory, zone } = services.settings;
  const domains = new Set([currentAttempt(journal)?.domain, ...knownGoodDomains({ journal, resolved, zone })]);
  const values = await Promise.all(
    [...domains].map((domain) => (domain ? new AppHome(stateDirectory, domain).secretValues() : [])),
  );
  return createMask([...values.flat(), ...services.mirrors.secretValues()]);
}

/** Where the Canonical's app is: by its claim, which neither an edit nor another zone moves; guessed without one. */
function knownGoodDomains({
  journal,
  resolved,
  zone,
}: Pick<RunPass, 'journal' | 'resolved'> & { zone: string }): (string | undefined)[] {
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
    domain: attempt.domain,
    home: new AppHome(run.services.settings.stateDirectory, attempt.domain),
    applied: run.journal.memory,
    mask: await maskOf(run),
    signal: run.pass.signal,
    remainingMs: Math.max(1, remainingMs),
    leavePool: () => run.pass.leavePool(),
  };
}
