import { explainError } from '../../lib/errors.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import { done, type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { again, mirrorOf, revisionRef, type WarmServicePass } from './site.ts';
import { alertObject } from './tell.ts';

/** Of a domain that is somebody else's nothing is touched (I17). */
export async function undeploy({ services, view, pass, save }: WarmServicePass): Promise<Outcome> {
  pass.leavePool();
  const claim = await services.store.claims.get(view.domain);
  if (claim?.uid === view.object.uid) await services.platform.undeploy({ domain: view.domain }, pass.signal);
  view.journal.undeployedFor = view.facts.deletionStartedRunningMs;
  await save();
  return again('Undeployed');
}

export async function startDestroying({ services, view }: WarmServicePass): Promise<Outcome> {
  if (!view.object.deletion?.requested && !(await services.store.confirmAbsent(view.object)))
    return requeueAfter(1_000, 'FileReturned');
  await services.store.markDestroying(view.object);
  return again('Destroying');
}

/** Data, then proof by listing that it is gone, then claims, then the record. What stays is journaled, and tried again. */
export async function destroy(run: WarmServicePass): Promise<Outcome> {
  const { services, view, pass, save } = run;
  const { domain, object } = view;
  pass.leavePool();
  const claim = await services.store.claims.get(domain);
  if (claim?.uid === object.uid) {
    await services.limits.run('Teardown', () => services.platform.destroy({ domain }, pass.signal), pass.signal);
    const left = await services.platform.leftovers({ domain }, pass.signal);
    if (left.length > 0) {
      view.journal.remaining = left;
      await save();
      return requeueAfter(5_000, `still there: ${left.join(', ')}`);
    }
  }
  await releaseCommits(run);
  await view.record.remove();
  await removeTree(view.directory);
  return await forget(run);
}

/** The commits are no longer wanted; a mirror that cannot be written only keeps some room. */
async function releaseCommits(run: WarmServicePass): Promise<void> {
  const { services, view, pass } = run;
  const { lastGood, object, sets } = view;
  try {
    const manifests = (await sets.list()).map(({ manifest }) => manifest);
    for (const one of lastGood ? [lastGood, ...manifests] : manifests)
      await mirrorOf(run, one.source).release(revisionRef(object.uid, one), pass.signal);
  } catch (error) {
    if (pass.signal.aborted) throw error;
    services.log.warn('could not release commits', { service: object.name, error: explainError(error) });
  }
}

/** Of one that is retained only the record goes: app and data stay as they are. */
export async function forget({ services, view }: WarmServicePass): Promise<Outcome> {
  await services.alerts.forget(alertObject(view.object));
  await services.store.claims.release(view.domain, view.object.uid);
  await services.store.remove(view.object);
  const { renamedTo } = view.object.deletion ?? {};
  if (renamedTo) services.enqueue(renamedTo);
  return done;
}
