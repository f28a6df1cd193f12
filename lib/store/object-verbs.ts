import type { HandledRequest, Refusal, StoredObject } from './store.ts';

/** The object with its spec in force; itself where nothing changes or it is not what was judged. Pure. */
export function specAccepted(object: StoredObject, judged: StoredObject): StoredObject {
  if (!isSame(object, judged)) return object;
  const { spec, digest, validGeneration: generation } = object;
  const { refused, ...rest } = object;
  if (refused === undefined && rest.accepted?.generation === generation) return object;
  return { ...rest, accepted: { spec, digest, generation } };
}

/** The object with its spec refused; what was in force stays. Itself where nothing changes. Pure. */
export function specRefused(object: StoredObject, judged: StoredObject, { reason, message }: Refusal): StoredObject {
  if (!isSame(object, judged)) return object;
  const refused = { reason, message, generation: object.validGeneration };
  const known = object.refused;
  const same = known?.generation === refused.generation && known.reason === reason && known.message === message;
  return same ? object : { ...object, refused };
}

function isSame(object: StoredObject, judged: StoredObject): boolean {
  return object.uid === judged.uid && object.validGeneration === judged.validGeneration;
}

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
