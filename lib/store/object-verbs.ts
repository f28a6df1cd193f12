import type { HandledRequest, StoredObject } from './store.ts';

/** The object after a request was acted on; itself where it does not hold that request. Pure. */
export function requestFinished(
  object: StoredObject,
  id: string,
  answer: Pick<HandledRequest, 'result' | 'message' | 'time'>,
): StoredObject {
  const request = object.requests.find((pending) => pending.id === id);
  if (request === undefined) return object;
  return {
    ...object,
    requests: object.requests.filter((pending) => pending !== request),
    lastHandledRequest: { id, verb: request.verb, ...answer },
    suspended: answer.result === 'Done' ? suspendedAfter(object, request.verb) : object.suspended,
  };
}

/** The object with the point of no return journaled. Pure. */
export function destroying(object: StoredObject, runningMs: number): StoredObject {
  const before = object.deletion ?? { missingSinceRunningMs: runningMs, requested: false };
  return { ...object, deletion: { ...before, state: 'Destroying' } };
}

function suspendedAfter(object: StoredObject, verb: HandledRequest['verb']): boolean {
  if (verb === 'suspend') return true;
  return verb === 'resume' ? false : object.suspended;
}
