import { join } from 'node:path';
import type { RunStatus } from '../../lib/api/index.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import { runDirectoryName } from '../../lib/app/domain.ts';
import { toTime } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import { writeFileDurable } from '../../lib/fs/durable.ts';
import { writeResults } from '../../lib/run-record/results.ts';
import { writeProgress } from '../../lib/run-record/run-files.ts';
import { done, type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { readEvents } from '../../lib/store/reader.ts';
import { keyOfPlace } from './canonical-place.ts';
import { runStatus } from './conditions.ts';
import { runSpec } from './spec-changes.ts';
import { maskOf, type RunPass } from './stage.ts';
import { removeWorkFiles } from './teardown.ts';

/** A run has a few dozen. */
const MAX_EVENTS = 1_000;

/**
 * Ends a run: the final status is frozen in the journal first, then the artifacts are written from it and what only the
 * tests needed is removed. Idempotent: what a crash cut off is made up for, the frozen status stays as it is.
 */
export async function finishRun(run: RunPass): Promise<void> {
  if (!run.journal.frozen) await freeze(run);
  if (run.progress) await writeProgress(run.directories.root, run.progress);
  await writeArtifacts(run);
  const { directories, journal, services, object } = run;
  const { recipe, profile, backup, scratch, dependencies } = directories;
  await removeWorkFiles([recipe, profile, backup, scratch, dependencies]);
  await releaseCommits(run);
  const { reason, message } = journal.outcome ?? { reason: 'Failed', message: '' };
  const type = reason === 'Passed' ? 'Normal' : 'Warning';
  await services.store.event(object, { type, reason, message: withDoubt(run, message) });
  await writeEvents(run);
  journal.collected = true;
  await run.save();
  for (const key of waitingFor(run)) services.enqueue(key);
}

/** A quick answer never reads as an authoritative one; that of one that passed says so itself. */
function withDoubt({ progress, journal }: Pick<RunPass, 'progress' | 'journal'>, message: string): string {
  const isDoubtful = progress?.mode === 'Quick' && journal.outcome?.reason !== 'Passed';
  return isDoubtful ? `quick run, low confidence: ${message}` : message;
}

/** Who waits for the end of a run: who created it, and whose data it promoted. */
function waitingFor({ object, journal }: RunPass): ObjectKey[] {
  const { place } = journal.promotionMemory ?? {};
  const owners = object.ownerReferences.map(({ kind, name }) => ({ kind, name }));
  return place ? [...owners, keyOfPlace(place)] : owners;
}

async function freeze(run: RunPass): Promise<void> {
  const { journal, services, object, resolved, progress } = run;
  const { clock, store } = services;
  journal.step = 'Ended';
  journal.completionTime ??= toTime(clock.now());
  journal.endedRunningMs ??= store.runningMs();
  closeStages(run);
  const status = runStatus({
    object,
    journal,
    progress,
    resolved,
    platform: services.settings.platformKind,
    artifacts: `runs/${runDirectoryName(object.name, object.uid)}`,
    now: clock.now(),
  });
  journal.frozen = { ...status };
  journal.conditions = status.conditions;
  await run.save();
  services.onRunEnd?.(status);
}

/** Stages that never began say why: nothing of an ended run is pending. */
function closeStages({ progress, journal }: RunPass): void {
  const reason = journal.outcome?.reason ?? 'Cancelled';
  for (const stage of progress?.stages ?? []) {
    if (stage.result === 'Pending') Object.assign(stage, { result: 'Skipped', reason });
  }
}

async function writeArtifacts(run: RunPass): Promise<void> {
  const { journal, object, directories } = run;
  if (journal.attempts.length === 0) return;
  const { recipe, ref, mode } = runSpec(object);
  await writeResults({
    runDirectory: directories.root,
    results: {
      metadata: { name: object.name, uid: object.uid },
      spec: { recipe, mode, ...(ref === undefined ? {} : { ref }) },
      status: journal.frozen as unknown as RunStatus,
    },
    mask: await maskOf(run),
  });
}

/** What happened to the run goes with its other artifacts: the object's own log goes with the object. */
async function writeEvents({ services, object, directories, journal }: RunPass): Promise<void> {
  if (journal.attempts.length === 0) return;
  const { stateDirectory } = services.settings;
  const events = await readEvents({ stateDirectory, limit: MAX_EVENTS }, { kind: 'Run', name: object.name });
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  await writeFileDurable(join(directories.root, 'events.jsonl'), lines.join(''));
}

/** Commits that stay kept only take room: a mirror that cannot be written does not keep the run from ending. */
async function releaseCommits({ resolved, services, object }: RunPass): Promise<void> {
  if (!resolved) return;
  const mirror = services.mirrors.of(resolved.recipe, resolved.source);
  const signal = new AbortController().signal;
  try {
    await mirror.release(`run-${object.uid}-head`, signal);
    await mirror.release(`run-${object.uid}-base`, signal);
  } catch (error) {
    services.log.warn('could not release the commits of a run', { run: object.name, error: explainError(error) });
  }
}

/**
 * Removes a run that is over and torn down: artifacts, then the record. A second listing right before decides whether
 * the file is really gone.
 */
export async function removeRun({ services, object, directories }: RunPass): Promise<Outcome> {
  const { store } = services;
  const key = { kind: 'Run', name: object.name } as const;
  if (object.deletion?.state !== 'Destroying') {
    const written = object.source === 'Specs';
    if (written && !(await store.confirmAbsent(key))) return requeueAfter(1_000, 'FileReturned');
    await store.markDestroying(key);
    return requeueAfter(0, 'Destroying');
  }
  await removeWorkFiles([directories.root]);
  await store.remove(key);
  return done;
}
