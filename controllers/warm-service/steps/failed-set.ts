import { parseDuration } from '../../../lib/api/duration.ts';
import { explainError } from '../../../lib/errors.ts';
import { Asides } from '../../../lib/known-good/asides.ts';
import type { Outcome } from '../../../lib/runtime/reconciler.ts';
import type { Manifest } from '../../../lib/snapshot/manifest.ts';
import type { GivenUp, KeptFailedSet } from '../journal.ts';
import { expiredSets } from '../plan.ts';
import { again, mirrorOf, revisionRef, type WarmServicePass, type WarmSite } from '../site.ts';

/** Into the draft: what went aside is kept for as long as its version is not tried again. Idempotent. */
export async function noteFailedSet(
  { view, operation, services }: WarmSite,
  of: GivenUp,
  { id, version, commit, source, createdTime }: Manifest,
): Promise<void> {
  const { journal, sets, spec } = view;
  const time = of.asideTime ?? createdTime;
  const before = of.set === undefined ? undefined : await sets.get(of.set);
  const lossWindow = { from: before?.manifest.createdTime ?? of.startTime, to: time };
  const untilRunningMs = services.store.runningMs() + parseDuration(spec.rollback.quarantine);
  const others = (journal.failedSets ?? []).filter((one) => one.id !== id);
  journal.failedSets = [{ id, version, commit, source, time, lossWindow, untilRunningMs }, ...others];
  if (of.id === operation.id) operation.failedSet = { id, lossWindow };
}

/** Removes the failed sets whose time is over, then forgets them. Idempotent. */
export async function dropExpired(run: WarmServicePass): Promise<Outcome> {
  const { services, view, pass, save } = run;
  const { journal, directory, facts, object } = view;
  const expired = expiredSets(journal, facts.runningMs);
  pass.leavePool();
  await new Asides(directory).remove(expired.map(({ id }) => id));
  await releaseUnused(run, expired);
  const left = (journal.failedSets ?? []).filter((one) => !expired.includes(one));
  if (left.length > 0) journal.failedSets = left;
  else delete journal.failedSets;
  await save();
  const message = `${expired.map(({ id }) => id).join(', ')}: rollback.quarantine is over`;
  await services.store.event(object, { type: 'Normal', reason: 'FailedSetRemoved', message });
  return again('DropExpired');
}

/** Commits that nothing else of the service needs; a mirror that cannot be written only keeps some room. */
async function releaseUnused(run: WarmServicePass, expired: readonly KeptFailedSet[]): Promise<void> {
  const { services, view, pass } = run;
  const { journal, lastGood, object, sets } = view;
  const left = (journal.failedSets ?? []).filter((one) => !expired.includes(one));
  const needed = [lastGood, ...left, ...(await sets.list()).map(({ manifest }) => manifest)].map((one) => one?.commit);
  try {
    for (const one of expired.filter(({ commit }) => !needed.includes(commit)))
      await mirrorOf(run, one.source).release(revisionRef(object.uid, one), pass.signal);
  } catch (error) {
    if (pass.signal.aborted) throw error;
    services.log.warn('could not release a commit', { service: object.name, error: explainError(error) });
  }
}
