import type { Condition } from '../api/generated/types.ts';
import { API_VERSION, topConditionType } from '../api/kinds.ts';
import { present } from '../api/objects.ts';
import type { CommonStatus, ReadObject as ObjectView } from '../store/reader.ts';
import { refusalOf, specInForce } from '../store/spec-in-force.ts';
import { maskUrls } from '../url-mask.ts';

export type { CommonStatus, ReadObject as ObjectView } from '../store/reader.ts';

/** The object in the form of the API: what `get -o yaml` prints. */
export function apiObject({ object, status }: ObjectView): Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: object.kind,
    metadata: {
      name: object.name,
      ...unlessEmpty('labels', object.labels),
      ...unlessEmpty('annotations', object.annotations),
      uid: object.uid,
      generation: object.generation,
      creationTimestamp: object.creationTimestamp,
      ...present({ deletionTimestamp: object.deletion?.startedTime }),
      ...unlessEmpty('ownerReferences', object.ownerReferences),
    },
    spec: withoutPasswords(specInForce(object)),
    ...(status ? { status } : {}),
  };
}

/** The spec as it may be shown: the URL of a source without user and password. */
function withoutPasswords(spec: unknown): unknown {
  const text = JSON.stringify(spec);
  if (!text.includes('@')) return spec;
  const shown = (key: string, value: unknown): unknown =>
    key === 'source' && typeof value === 'string' ? maskUrls(value) : value;
  return JSON.parse(text, shown);
}

/** The condition of that type, or undefined. */
export function conditionOf(status: CommonStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The word for people: the most important thing about the object right now. */
export function statusWord({ object, status }: ObjectView): string {
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

function unlessEmpty(field: string, value: object): Record<string, unknown> {
  return Object.keys(value).length > 0 ? { [field]: value } : {};
}
