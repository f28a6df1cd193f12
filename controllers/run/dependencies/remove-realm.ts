import { explainError } from '../../../lib/errors.ts';
import { siteOf } from '../../../lib/sso/provider-app.ts';
import { currentAttempt, type RealmResource } from '../journal.ts';
import type { RunPass } from '../stage.ts';

/**
 * Removes the realm of the attempt, and gives what is left of it: nothing once the provider says that it is gone, or
 * that the one of that name is somebody else's, or once nothing of the provider itself is left. @throws CcError `Aborted`.
 */
export async function removeRealm(run: RunPass, resource: RealmResource): Promise<string[]> {
  const { signal } = run.pass;
  const named = `realm ${resource.realm} at WarmService/${resource.service}`;
  try {
    return (await isGone(run, resource)) ? [] : [`${named}, which is not up`];
  } catch (error) {
    if (signal.aborted) throw error;
    return [`${named}: ${explainError(error)}`];
  }
}

async function isGone({ services, object, journal, pass }: RunPass, resource: RealmResource): Promise<boolean> {
  const { realm, provider } = resource;
  const { signal } = pass;
  const site = await siteOf(services, provider, signal);
  if (site === undefined) return (await services.platform.leftovers({ domain: provider.domain }, signal)).length === 0;
  const attempt = currentAttempt(journal)?.number ?? 0;
  await (await services.providers(provider.type)).remove(site, { realm, run: object.uid, attempt }, signal);
  return true;
}
