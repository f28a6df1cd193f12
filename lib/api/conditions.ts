import type { Condition, ConditionType } from './generated/types.ts';

/** A condition as a reconciler states it: the time of the transition is worked out by {@link setCondition}. */
export type ConditionInput = Omit<Condition, 'lastTransitionTime'>;

/** The condition of that type, or undefined. */
export function findCondition(conditions: readonly Condition[], type: ConditionType): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/**
 * The list with `input` in it, sorted by type. Pure and idempotent: `lastTransitionTime` becomes `time` (RFC 3339)
 * only where the status differs from that of the condition before, so that status files do not flap.
 */
export function setCondition(conditions: readonly Condition[], input: ConditionInput, time: string): Condition[] {
  const before = findCondition(conditions, input.type);
  const lastTransitionTime = before?.status === input.status ? before.lastTransitionTime : time;
  const { type, status, reason, message, observedGeneration } = input;
  const next: Condition = { type, status, reason, message, lastTransitionTime, observedGeneration };
  return sorted([...withoutCondition(conditions, input.type), next]);
}

/** The list without the condition of that type; for those that are present only while true. */
export function withoutCondition(conditions: readonly Condition[], type: ConditionType): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

function sorted(conditions: Condition[]): Condition[] {
  return conditions.sort((one, other) => (one.type < other.type ? -1 : 1));
}
