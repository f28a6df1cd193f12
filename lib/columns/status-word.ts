import type { Condition } from '../api/generated/types.ts';
import { topConditionType } from '../api/kinds.ts';
import type { CommonStatus, ReadObject } from '../store/reader.ts';
import { refusalOf } from '../store/spec-in-force.ts';

/** The condition of that type, or undefined. */
export function conditionOf(status: CommonStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The word for people: the most important thing about the object right now. */
export function statusWord({ object, status }: ReadObject): string {
  const { deletion } = object;
  if (deletion?.renamedTo && deletion.state !== 'Destroying') return 'Renamed';
  if (deletion && deletion.state !== 'Missing') return 'Deleting';
  const top = conditionOf(status, topConditionType(object.kind));
  // A verdict stands, whatever became of the file since.
  if (top?.type === 'Succeeded' && top.status !== 'Unknown') return top.reason;
  const refusal = object.rejected ?? refusalOf(object);
  if (refusal) return refusal.reason;
  const accepted = conditionOf(status, 'Accepted');
  if (accepted?.status === 'False') return accepted.reason;
  const stalled = conditionOf(status, 'Stalled');
  return stalled?.status === 'True' ? `Stalled/${stalled.reason}` : statusOfServed(status, top);
}

function statusOfServed(status: CommonStatus | undefined, top: Condition | undefined): string {
  if (!top) return 'Waiting';
  const held = conditionOf(status, 'Held');
  if (top.status === 'True') return held?.status === 'True' ? 'Held' : 'Ready';
  return top.reason;
}
