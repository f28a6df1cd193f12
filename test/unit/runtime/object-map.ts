import type { Kind, ObjectKey } from '../../../lib/api/kinds.ts';
import { keyText } from '../../../lib/api/kinds.ts';
import type { DecisionRecord, EventInput, ObjectStore, StoredObject } from '../../../lib/store/store.ts';

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

type Served = 'get' | 'list' | 'projectStatus' | 'event' | 'decision' | 'readJournal' | 'writeJournal';

/** What the runtime needs of the store, over a map. */
export class ObjectMap implements Pick<ObjectStore, Served> {
  /** What was shown last, by name. */
  readonly shown = new Map<string, Readonly<Record<string, unknown>>>();
  /** Reasons of the events, oldest first. */
  readonly events: string[] = [];
  readonly decisions: DecisionRecord[] = [];
  /** What the next writes of a journal throw; `undefined` lets one pass. */
  readonly failWrites: unknown[] = [];
  readonly #journals = new Map<string, string>();
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

  async event(_key: ObjectKey, { reason }: EventInput): Promise<void> {
    this.events.push(reason);
  }

  async decision(_key: ObjectKey, decision: DecisionRecord): Promise<void> {
    this.decisions.push(decision);
  }

  async readJournal<T>(key: ObjectKey): Promise<T | undefined> {
    const text = this.#journals.get(keyText(key));
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  async writeJournal(key: ObjectKey, journal: object): Promise<void> {
    const fault = this.failWrites.shift();
    if (fault) throw fault;
    this.#journals.set(keyText(key), JSON.stringify(journal));
  }
}
