/** One object that people's files describe, as the mass guard counts it. */
export interface GuardedObject {
  /** It holds a claim, a known-good or a running attempt. */
  owns: boolean;
  /** Its file is absent and its deletion has not begun. */
  gone: boolean;
  /** A person asked for this deletion. */
  requested: boolean;
}

/** With fewer owners than this there is no mass. */
const MASS = 3;

/**
 * Must deletions be held? True where more than half of at least three objects that own something are gone at once
 * without a request. Objects whose deletion has begun are not passed in. Pure.
 */
export function massIsGone(objects: readonly GuardedObject[]): boolean {
  const owners = objects.filter(({ owns }) => owns);
  const gone = owners.filter((object) => object.gone && !object.requested);
  return owners.length >= MASS && gone.length * 2 > owners.length;
}
