import { join } from 'node:path';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import { CcError, orNothing } from '../../lib/errors.ts';
import { exists } from '../../lib/fs/exists.ts';
import { readProgress, writeProgress } from '../../lib/run-record/progress.ts';
import { DamagedRecord } from '../../lib/store/damaged-record.ts';
import type { ObjectStore } from '../../lib/store/store.ts';
import { newJournal, type RunJournal } from './journal.ts';
import type { RunPass } from './pass.ts';

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
  throw new DamagedRecord(
    path,
    new CcError('Damaged', `${path} is lost, but ${runDirectory} shows that the run began`),
  );
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
