import type { DefaultedRunSpec } from '../../lib/api/index.ts';
import { runDirectoryName } from '../../lib/app/domain.ts';
import { toTime } from '../../lib/clock.ts';
import { writeProgress } from '../../lib/run-record/progress.ts';
import { writeResults } from '../../lib/run-record/results.ts';
import { compact, runStatus } from './conditions.ts';
import { maskOf, type RunPass } from './pass.ts';
import { immutableChanges } from './spec-changes.ts';
import { removeWorkFiles } from './teardown.ts';

/**
 * Ends a run: the final status is frozen in the journal first, then the artifacts are written from it and what only the
 * tests needed is removed. Idempotent up to the times.
 */
export async function finishRun(run: RunPass): Promise<void> {
  const { journal, services, object, frozen, progress, directories } = run;
  const { clock, store } = services;
  const mask = await maskOf(run);
  journal.step = 'Ended';
  journal.completionTime ??= toTime(clock.now());
  journal.endedRunningMs ??= store.runningMs();
  const status = runStatus({
    object,
    journal,
    progress,
    frozen,
    platform: services.settings.platformKind,
    artifacts: `runs/${runDirectoryName(object.name, object.uid)}`,
    queue: undefined,
    suspended: false,
    next: undefined,
    immutable: immutableChanges(object, frozen),
    now: clock.now(),
  });
  journal.frozen = compact({ ...status });
  journal.conditions = status.conditions;
  if (progress) await writeProgress(directories.root, progress);
  await run.save();
  const { recipe, ref, mode } = object.spec as DefaultedRunSpec;
  const spec = { recipe, mode, ...(ref === undefined ? {} : { ref }) };
  if (journal.attempts.length > 0) {
    await writeResults({
      runDirectory: directories.root,
      results: { metadata: { name: object.name, uid: object.uid }, spec, status: { ...status } },
      mask,
    });
  }
  await removeWorkFiles([directories.recipe, directories.profile, directories.backup, directories.scratch]);
  await releaseCommits(run);
  const { reason, message } = journal.outcome ?? { reason: 'Failed', message: '' };
  await store.event(
    { kind: 'Run', name: object.name },
    { type: reason === 'Passed' ? 'Normal' : 'Warning', reason, message },
  );
  if (frozen?.canonical) services.enqueue({ kind: 'Canonical', name: frozen.canonical.name });
}

async function releaseCommits({ frozen, services, object }: RunPass): Promise<void> {
  if (!frozen) return;
  const mirror = services.mirrors.of(frozen.recipe, frozen.source);
  const signal = new AbortController().signal;
  await mirror.release(`run-${object.uid}-head`, signal);
  await mirror.release(`run-${object.uid}-base`, signal);
}
