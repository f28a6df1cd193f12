import { takeDown } from '../../../lib/app/deployment.ts';
import { CcError, explainError, orElse } from '../../../lib/errors.ts';
import { resetTo } from '../../../lib/known-good/reattach.ts';
import { readyWayBack } from '../../../lib/known-good/way-back.ts';
import { directoryOfPlace, homeOfPlace, isEnrolled, keyOfPlace, knownGoodOf } from '../canonical-place.ts';
import { currentAttempt, type LeaseResource } from '../journal.ts';
import type { RunPass } from '../stage.ts';
import { attemptHolder, hasLease, holdLease } from './lease.ts';
import { isClean, type LiveData, putBackOptions, wayBackOptions } from './live-data.ts';

/**
 * Takes down what ran on a known-good, puts the data back unless the run has passed, and gives the lease back last; gives
 * what is left. Touches nothing under the lease of somebody else. Idempotent. @throws CcError `Aborted`.
 */
export async function giveBackLease(run: RunPass, { place }: LeaseResource): Promise<string[]> {
  const { services, object, journal, pass } = run;
  const attempt = currentAttempt(journal);
  if (!attempt) throw new CcError('Internal', 'a lease without an attempt');
  const live: LiveData = { services, place, signal: pass.signal };
  try {
    if (!(await isStillMine(run, attempt.number, live))) return [];
    await takeDown(services.platform, place.domain, pass.signal);
    if (journal.outcome?.reason === 'Passed') await discardAsides(live);
    else await putBackAgain(live, { uid: object.uid, attempt: attempt.number });
    await pruneRevisions(live);
  } catch (error) {
    if (pass.signal.aborted) throw error;
    return [`the known-good data of Canonical/${place.name}: ${explainError(error)}`];
  }
  await services.turns.release(directoryOfPlace(services, place), attemptHolder(object, attempt.number));
  services.enqueue(keyOfPlace(place));
  return [];
}

/** A lease that was held and is nobody's was lost, or given back before a crash: it is taken once more. */
async function isStillMine(run: RunPass, attempt: number, { services, place }: LiveData): Promise<boolean> {
  const { object, journal } = run;
  const lease = await hasLease({ services, object }, place, attempt);
  if (lease !== 'Free') return lease === 'Mine';
  const current = currentAttempt(journal);
  if (!journal.memory?.leased || !current || !isEnrolled(services, place)) return false;
  return await holdLease({ services, object, attempt: current }, place);
}

/**
 * The live data as the known-good has it. A known-good that is damaged, or that is not there, leaves the data as they
 * are: the Canonical says so, and nothing runs on them before they are restored.
 */
async function putBackAgain(live: LiveData, { uid, attempt }: { uid: string; attempt: number }): Promise<void> {
  const { services, place, signal } = live;
  if (!isEnrolled(services, place)) return;
  const id = await orElse(knownGoodOf(services, place).pointerId(), 'Damaged', () => undefined);
  if (id === undefined || (await isClean(live, id))) return;
  const options = await wayBackOptions(live);
  const proven = await services.limits.run('Copy', () => readyWayBack(id, options), signal);
  if (proven !== id) return;
  await resetTo(putBackOptions(live, id, { id: `return-${uid}`, attempt }));
}

/** What the restore before the run replaced. */
async function discardAsides({ services, place }: LiveData): Promise<void> {
  await knownGoodOf(services, place).discardAsides(homeOfPlace(services, place).directory);
}

/** A checkout of each tested commit would fill the disk. */
async function pruneRevisions({ services, place }: LiveData): Promise<void> {
  const sets = await knownGoodOf(services, place).sets.list();
  await homeOfPlace(services, place).pruneRevisions(sets.map(({ manifest }) => manifest.commit));
}
