import type { StoredObject } from './store.ts';

/**
 * The spec that an object acts by: the last accepted one; before there is one, what its file says. Pure. Whoever reads
 * the spec of another object asks for {@link acceptedSpec}.
 */
export function specInForce(object: Pick<StoredObject, 'spec' | 'accepted'>): unknown {
  return object.accepted ? object.accepted.spec : object.spec;
}

/** The last accepted spec; undefined while none was. An edit that was refused is never in it. Pure. */
export function acceptedSpec(object: Pick<StoredObject, 'accepted'>): unknown {
  return object.accepted?.spec;
}

/** The generation that is in force; of an object that nothing was accepted of, the one that was looked at. Pure. */
export function generationInForce(object: Pick<StoredObject, 'accepted' | 'validGeneration'>): number {
  return object.accepted?.generation ?? object.validGeneration;
}

/** Is the present spec in force? Pure. */
export function isAccepted({ accepted, validGeneration }: Pick<StoredObject, 'accepted' | 'validGeneration'>): boolean {
  return accepted?.generation === validGeneration;
}

/** Why the present spec is not in force, where it was refused. Pure. */
export function refusalOf(object: Pick<StoredObject, 'refused' | 'validGeneration'>): StoredObject['refused'] {
  const { refused, validGeneration } = object;
  return refused?.generation === validGeneration ? refused : undefined;
}

/** Was the present spec judged, either way? Pure. */
export function isJudged(object: Pick<StoredObject, 'accepted' | 'refused' | 'validGeneration'>): boolean {
  return isAccepted(object) || refusalOf(object) !== undefined;
}
