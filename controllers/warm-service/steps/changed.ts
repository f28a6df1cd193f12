import { type Outcome, requeueAfter } from '../../../lib/runtime/reconciler.ts';
import type { WarmOutcome, WarmServicePass, WarmSite } from '../site.ts';

/** So many changes by others in one operation are made good; at the next one it fails. */
const MADE_GOOD = 5;

type Failed = WarmOutcome & { kind: 'Fail' };

/**
 * Whether what failed is the app that somebody else changed since its deploy, and is to be deployed again. A repair is
 * followed by another one instead, so that the plan counts them. Pure.
 */
export function isToDeployAgain({ operation }: WarmSite, { reason }: Failed): boolean {
  const { type, steps, changes = 0 } = operation;
  return reason === 'ChangedByOthers' && type !== 'Recover' && steps.done.includes('Deploy') && changes < MADE_GOOD;
}

/**
 * Journals that the deploy is to be done once more: what others did, a restart of the host included, says nothing of the
 * version. Nothing before it is done again, so that no set is made any more (I15).
 */
export async function deployAgain(run: WarmServicePass, site: WarmSite, { message }: Failed): Promise<Outcome> {
  const { operation, services, view, mask } = site;
  const { steps, changes = 0, to } = operation;
  operation.steps = { ...steps, done: steps.done.filter((one) => one !== 'Deploy') };
  operation.changes = changes + 1;
  operation.stepStartedMs = services.clock.monotonicMs();
  delete operation.fault;
  await run.save();
  const said = mask.text(`${message}: ${to.version} is deployed again`);
  await services.store.event(view.object, { type: 'Warning', reason: 'Drifted', message: said });
  return requeueAfter(1_000 * 2 ** changes, said);
}
