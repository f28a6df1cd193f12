import type { KindServices } from '../../lib/app/kind-services.ts';
import { toTime } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import { removeTree } from '../../lib/fs/remove-tree.ts';
import { generationRef } from '../../lib/known-good/way-back.ts';
import { done, type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { again, type CanonicalPass, type CanonicalView } from './observe.ts';

export async function undeploy({ services, view, pass, save }: CanonicalPass): Promise<Outcome> {
  pass.leavePool();
  await services.platform.undeploy({ domain: view.domain }, pass.signal);
  view.journal.undeployedFor = view.facts.deletionStartedRunningMs;
  view.journal.undeployTime = toTime(services.clock.now());
  await save();
  for (const { kind, name } of services.store.list('Run')) services.enqueue({ kind, name });
  return again('Undeployed');
}

export async function startDestroying({ services, view }: CanonicalPass): Promise<Outcome> {
  if (!view.object.deletion?.requested && !(await services.store.confirmAbsent(view.object)))
    return requeueAfter(1_000, 'FileReturned');
  await services.store.markDestroying(view.object);
  return again('Destroying');
}

/** Data, then proof by listing that it is gone, then claims, then the record. What stays is journaled, and tried again. */
export async function destroy(run: CanonicalPass): Promise<Outcome> {
  const { services, view, pass, save } = run;
  const { domain, object, knownGood } = view;
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
  await releaseCommits(services, view, pass.signal);
  await removeTree(knownGood.directory);
  return forget(run);
}

/** The commits of the generations are no longer wanted; a mirror that cannot be written only keeps some room. */
async function releaseCommits({ mirrors, log }: KindServices, view: CanonicalView, signal: AbortSignal): Promise<void> {
  try {
    for (const { id, manifest } of await view.knownGood.sets.list())
      await mirrors.of(manifest.recipe, manifest.source).release(generationRef(view.object.uid, id), signal);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn('could not release the commits of a canonical', { name: view.object.name, error: explainError(error) });
  }
}

export async function forget({ services, view }: CanonicalPass): Promise<Outcome> {
  await services.store.claims.release(view.domain, view.object.uid);
  await services.store.remove(view.object);
  const { renamedTo } = view.object.deletion ?? {};
  if (renamedTo) services.enqueue(renamedTo);
  return done;
}
