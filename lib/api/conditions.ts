import type { Condition } from './generated/types.ts';

/** A condition as a kind states it. */
export type StatedCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions that are stated now, each type once, sorted by type; one that is not stated any more is gone. Pure and
 * idempotent: `lastTransitionTime` becomes `time` (RFC 3339) only where the status differs from that in `before`, so that
 * status files do not flap.
 */
export function statedConditions(
  before: readonly Condition[] | undefined,
  stated: readonly StatedCondition[],
  { time, observedGeneration }: { time: string; observedGeneration: number },
): Condition[] {
  return stated
    .map(({ type, status, reason, message }) => {
      const old = before?.find((one) => one.type === type);
      const lastTransitionTime = old?.status === status ? old.lastTransitionTime : time;
      return { type, status, reason, message, lastTransitionTime, observedGeneration };
    })
    .sort((one, other) => (one.type < other.type ? -1 : 1));
}
