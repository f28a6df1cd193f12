import { isGoing } from '../../lib/app/enrolment.ts';
import { hasCode } from '../../lib/errors.ts';
import type { HandledRequest, PendingRequest } from '../../lib/store/store.ts';
import { currentAttempt } from './journal.ts';
import { runSpec } from './spec-changes.ts';
import type { RunPass } from './stage.ts';

/** Names the request that created a Run, so that one request never creates two. */
const REQUEST_ANNOTATION = 'cc-ci.request';

type Answer = Pick<HandledRequest, 'result' | 'message'>;

const accepted = (message: string): Answer => ({ result: 'Done', message });
const refused = (message: string): Answer => ({ result: 'Refused', message });

/** Acts on what people asked for. The effect is journaled before the request is taken off the object. */
export async function handleRequests(run: RunPass): Promise<void> {
  const { services, object, journal } = run;
  const by = deletedBy(run);
  if (by !== undefined && !journal.cancel && journal.step !== 'Ended') {
    journal.cancel = { by, reason: 'Deleted' };
    await run.save();
  }
  // A deletion is the store's to answer: it is done when the file is proven gone.
  for (const request of object.requests.filter(({ verb }) => verb !== 'delete')) {
    const answer = await answerRequest(run, request);
    await services.store.finishRequest({ kind: 'Run', name: object.name }, request.id, answer);
  }
}

/** What was deleted, so that the run goes: itself, or the Canonical that it seeds or takes its profile from. */
function deletedBy({ services, object, resolved, journal }: RunPass): string | undefined {
  if (isGoing(object)) return 'deletion of the Run';
  const { reattached } = currentAttempt(journal) ?? {};
  const seeded = object.ownerReferences.find(({ kind }) => kind === 'Canonical');
  const owner = seeded ?? resolved?.canonical ?? reattached;
  if (!owner || services.store.isDamaged({ kind: 'Canonical', name: owner.name })) return undefined;
  const canonical = services.store.get({ kind: 'Canonical', name: owner.name });
  const there = canonical !== undefined && canonical.uid === owner.uid && !isGoing(canonical);
  return there ? undefined : `deletion of Canonical/${owner.name}`;
}

async function answerRequest(run: RunPass, request: PendingRequest): Promise<Answer> {
  const { object, journal } = run;
  const spec = runSpec(object);
  switch (request.verb) {
    case 'cancel':
      return cancel(run, request);
    case 'retry':
      return retry(run, request);
    case 'suspend':
      return journal.step === 'Pending'
        ? accepted('the run will not start until it is resumed')
        : refused(`the run is ${journal.step}: only a run that has not started can be suspended; cancel it instead`);
    case 'resume':
      return spec.suspend ? refused(`spec.suspend is true in ${object.path}: edit that file`) : accepted('resumed');
    case 'reconcile':
    case 'delete':
      return accepted('seen');
    case 'approve':
    case 'rollback':
      return refused(`${request.verb} is for warm services`);
    case 'run':
      return refused("a Run starts by itself: 'ccctl retry' tests it again");
  }
}

async function cancel(run: RunPass, { by }: PendingRequest): Promise<Answer> {
  const { journal } = run;
  if (journal.step === 'Ended') return refused('the run has ended');
  if (journal.step === 'TearingDown' && journal.outcome)
    return refused('the tests are over, the run is being torn down');
  journal.cancel = { by, reason: 'Cancelled' };
  await run.save();
  return accepted('cancelling');
}

/** A finished run is tested again as a run of its own, with the same commit; the old one stays. */
async function retry(run: RunPass, request: PendingRequest): Promise<Answer> {
  const { journal, object, services } = run;
  if (journal.step !== 'Ended') return refused('the run has not ended');
  const base = object.name.replace(/-r\d+$/, '');
  const made = services.store.list('Run').find(({ annotations }) => annotations[REQUEST_ANNOTATION] === request.id);
  if (made) return accepted(`created run/${made.name}`);
  const spec = specToRetry(run);
  for (let number = 1; number < 100; number += 1) {
    const name = `${base}-r${number}`;
    if (services.store.get({ kind: 'Run', name })) continue;
    try {
      await services.store.createRun({
        name,
        spec,
        labels: { ...object.labels },
        annotations: { [REQUEST_ANNOTATION]: request.id },
      });
      services.enqueue({ kind: 'Run', name }, 'Person');
      return accepted(`created run/${name}`);
    } catch (error) {
      if (!hasCode(error, 'Conflict')) throw error;
    }
  }
  return refused('a hundred retries are enough');
}

/** What the run tested, pinned to its commit. */
function specToRetry({ resolved, object, journal }: RunPass): Record<string, unknown> {
  const { suspend: _, ...spec } = resolved?.spec ?? runSpec(object);
  // What was resolved has lost the password of a URL.
  const { source } = runSpec(object);
  const commit = resolved?.head.commit ?? (journal.frozen?.commit as string | undefined) ?? spec.commit;
  return {
    ...spec,
    ...(source ? { source } : {}),
    ...(commit ? { commit } : {}),
    ...(resolved ? { ref: resolved.ref } : {}),
  };
}
