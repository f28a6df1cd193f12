import { explainError, hasCode } from '../../lib/errors.ts';
import { coreutils } from '../../lib/fs/coreutils.ts';
import { type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { emptyTrash as emptyTrashOf } from '../../lib/snapshot/discard.ts';
import type { Manifest } from '../../lib/snapshot/manifest.ts';
import { prepareCopy, withdrawPrepared } from '../../lib/snapshot/prepare.ts';
import type { PreparedFor } from '../../lib/snapshot/prepared.ts';
import { shortageFor } from '../../lib/snapshot/room.ts';
import type { NotPrepared } from './journal.ts';
import { again, type CanonicalPass, watchOf } from './observe.ts';
import { PREPARED } from './plan.ts';
import { takeLease } from './volumes.ts';

/** Until a place in the background may be free, milliseconds. */
export const BUSY_MS = 5_000;

/**
 * Lays a copy of the known-good beside the volumes, for the next restore to take its place by renames. What was prepared
 * before is withdrawn under the lease, the copy is made without: it gives way to who takes the lease.
 */
export async function prepare(run: CanonicalPass): Promise<Outcome> {
  const { services, view, pass, save } = run;
  const { manifest, journal, home } = view;
  if (manifest === undefined) return again('NothingToPrepare');
  if (services.limits.isFull('Prepare')) return requeueAfter(BUSY_MS, 'OthersPrepare');
  const live = { home, volumes: await services.platform.volumes({ domain: view.domain }, pass.signal) };
  if (!(await withdraw(run, live))) return requeueAfter(1_000, 'Leased');
  pass.leavePool();
  await emptyTrashOf(live, pass.signal);
  const shortage = await shortageFor(live, manifest, services.settings.diskFloorBytes);
  if (shortage) {
    const { path, free, wanted } = shortage;
    const message = `no copy is prepared: ${path} has ${free} bytes free, ${wanted} are wanted (disk floor and twice the set)`;
    return await notPrepared(run, { reason: 'NoRoom', message });
  }
  const failure = await copyUnlessWanted(run, live, manifest);
  if (failure === 'GaveWay') return again('GaveWay');
  if (failure !== undefined) return await notPrepared(run, failure);
  delete journal.notPrepared;
  journal.looked = { ...journal.looked, [PREPARED]: services.store.runningMs() };
  await save();
  return again('Prepared');
}

/** Under the lease, as a restore may be taking what was prepared; false where somebody else has it. */
export async function withdraw(run: CanonicalPass, live: PreparedFor): Promise<boolean> {
  const lease = await takeLease(run, 'Upkeep');
  if (lease === undefined) return false;
  await withdrawPrepared(live);
  return await run.services.turns.release(run.view.knownGood.directory, lease);
}

type Failure = Pick<NotPrepared, 'reason' | 'message'>;

async function copyUnlessWanted(
  run: CanonicalPass,
  live: PreparedFor,
  manifest: Manifest,
): Promise<Failure | 'GaveWay' | undefined> {
  const { services, view, pass } = run;
  const { knownGood, journal } = view;
  const watch = watchOf(run);
  const tools = watch.over(coreutils(services, watch.signal));
  const work = () => prepareCopy({ set: knownGood.sets.pathOf(manifest.id), manifest, live, tools });
  try {
    await services.limits.run('Prepare', work, watch.signal);
    return undefined;
  } catch (error) {
    if (pass.signal.aborted) throw error;
    if (watch.gaveWay) return 'GaveWay';
    // The next pass reads it in full, and says what it is.
    if (hasCode(error, 'Damaged')) delete journal.verified;
    return { reason: hasCode(error, 'NoSpace') ? 'NoRoom' : 'PrepareFailed', message: explainError(error) };
  } finally {
    await watch.end();
  }
}

/** Nobody waits for it: it is journaled, said once, and tried again later. */
async function notPrepared({ services, view, save }: CanonicalPass, { reason, message }: Failure): Promise<Outcome> {
  const { journal, manifest } = view;
  const generation = manifest?.id ?? '';
  const before = journal.notPrepared;
  journal.notPrepared = { generation, reason, message, atRunningMs: services.store.runningMs() };
  await save();
  if (before?.generation !== generation || before.reason !== reason)
    await services.store.event(view.object, { type: 'Warning', reason: 'NotPrepared', message });
  return again('NotPrepared');
}

/** Removes what restores have put away: nobody else touches it, so that it takes no lease. */
export async function emptyTrash({ services, view, pass }: CanonicalPass): Promise<Outcome> {
  pass.leavePool();
  const volumes = await services.platform.volumes({ domain: view.domain }, pass.signal);
  await emptyTrashOf({ home: view.home, volumes }, pass.signal);
  return again('TrashEmptied');
}
