import type { Kind, ObjectKey } from '../../../lib/api/kinds.ts';
import { keyText } from '../../../lib/api/kinds.ts';
import type { ObjectStore, StoredObject } from '../../../lib/store/store.ts';

/** A stored object with defaults. */
export function storedObject(overrides: Partial<StoredObject> = {}): StoredObject {
  return {
    kind: 'Run',
    name: 'a',
    uid: 'uid-a',
    path: '/specs/a.yaml',
    source: 'Specs',
    labels: {},
    annotations: {},
    ownerReferences: [],
    creationTimestamp: '2030-01-01T00:00:00.000Z',
    generation: 1,
    validGeneration: 1,
    digest: 'd1',
    fileDigest: 'f1',
    spec: {},
    notes: [],
    requests: [],
    suspended: false,
    ...overrides,
  };
}

/** What the runtime needs of the store, over a map. */
export class ObjectMap implements Pick<ObjectStore, 'get' | 'list' | 'projectStatus' | 'event'> {
  /** What was shown last, by name. */
  readonly shown = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #objects = new Map<string, StoredObject>();

  constructor(...names: string[]) {
    for (const name of names) this.put({ name });
  }

  put(overrides: Partial<StoredObject>): StoredObject {
    const object = storedObject(overrides);
    this.#objects.set(keyText(object), object);
    return object;
  }

  drop(key: ObjectKey): void {
    this.#objects.delete(keyText(key));
  }

  get(key: ObjectKey): StoredObject | undefined {
    return this.#objects.get(keyText(key));
  }

  list(kind?: Kind): StoredObject[] {
    return [...this.#objects.values()].filter((object) => !kind || object.kind === kind);
  }

  async projectStatus({ name }: ObjectKey, status: Readonly<Record<string, unknown>>): Promise<void> {
    this.shown.set(name, status);
  }

  async event(): Promise<void> {}
}
