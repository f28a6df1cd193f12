import { type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { destroy, forget, startDestroying, undeploy } from './deletion.ts';
import { operate } from './operate.ts';
import type { WarmServiceAction } from './plan.ts';
import { again, type WarmServicePass } from './site.ts';
import { dropExpired } from './steps/failed-set.ts';
import { alertObject } from './tell.ts';
import { begin, findVersions, noteWait } from './versions.ts';

/** Performs exactly one action for a warm service. */
export async function performWarmServiceAction(run: WarmServicePass, action: WarmServiceAction): Promise<Outcome> {
  switch (action.type) {
    case 'Reject':
      return requeueAfter(run.services.settings.resyncMs, 'NotAccepted');
    case 'Rest':
      return requeueAfter(action.afterMs, action.reason);
    case 'Claim':
      return await claim(run);
    case 'Accept':
      await run.services.store.accept(run.view.object);
      return again('Accepted');
    case 'Refuse': {
      const { object, facts } = run.view;
      if (facts.rejection) await run.services.store.refuse(object, facts.rejection);
      return again('Refused');
    }
    case 'Operate':
      return await operate(run, action.next);
    case 'FindVersions':
      return await findVersions(run);
    case 'Begin':
      return await begin(run, action);
    case 'NoteWait':
      return await noteWait(run, action.to);
    case 'Repair':
      await forgetFlapping(run);
      return await begin(run, action);
    case 'DropExpired':
      return await dropExpired(run);
    case 'Undeploy':
      return await undeploy(run);
    case 'StartDestroying':
      return await startDestroying(run);
    case 'Destroy':
      return await destroy(run);
    case 'Forget':
      return await forget(run);
  }
}

/** Into the draft: with another spec than the one that it flapped with, repairs are counted anew. */
async function forgetFlapping({ services, view: { journal, object } }: WarmServicePass): Promise<void> {
  if (journal.leftAlone === undefined) return;
  await services.alerts.startOver(alertObject(object));
  delete journal.leftAlone;
  journal.repairs = [];
}

/** A claim without a recipe in the journal says that the journal is lost: that is noted first. */
async function claim({ services, view, save }: WarmServicePass): Promise<Outcome> {
  const { object, domain, journal, spec } = view;
  journal.recipe = spec.app.recipe;
  await save();
  journal.domain = domain;
  await services.store.claims.claim({ domain, kind: 'WarmService', name: object.name, uid: object.uid, attempt: 0 });
  await save();
  return again('Claimed');
}
