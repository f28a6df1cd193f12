import { API_VERSION } from '../api/kinds.ts';
import { present } from '../api/objects.ts';
import type { ReadObject as ObjectView } from '../store/reader.ts';
import { specInForce } from '../store/spec-in-force.ts';
import { maskUrls } from '../url-mask.ts';

export { conditionOf, statusWord } from '../columns/status-word.ts';
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

function unlessEmpty(field: string, value: object): Record<string, unknown> {
  return Object.keys(value).length > 0 ? { [field]: value } : {};
}
