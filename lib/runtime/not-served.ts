import { setCondition } from '../api/conditions.ts';
import type { Condition } from '../api/generated/types.ts';
import type { Kind, ObjectKey } from '../api/kinds.ts';
import { type Clock, toTime } from '../clock.ts';
import type { ObjectStore, StoredObject } from '../store/store.ts';
import { done, type Outcome, type Reconciler } from './reconciler.ts';

/** Answers for a kind that this version knows but does not serve: `Accepted=False/NotServed`, no claim, no effect. */
export class NotServedReconciler implements Reconciler {
  readonly kind: Kind;
  readonly concurrency = 1;
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(kind: Kind, services: { store: ObjectStore; clock: Clock }) {
    this.kind = kind;
    this.#store = services.store;
    this.#clock = services.clock;
  }

  async reconcile(key: ObjectKey): Promise<Outcome> {
    const object = this.#store.get(key);
    if (!object) return done;
    for (const { id, verb } of object.requests.filter((request) => request.verb !== 'delete')) {
      await this.#store.finishRequest(key, id, {
        result: 'Refused',
        message: `${verb}: ${this.kind} is not served by this version`,
      });
    }
    if (object.deletion?.state === 'Started' || object.deletion?.state === 'Destroying') {
      await this.#store.markDestroying(key);
      await this.#store.remove(key);
      return done;
    }
    await this.#store.refuse(object, { reason: 'NotServed', message: this.#message() });
    await this.#project(object);
    return done;
  }

  interrupts(): boolean {
    return false;
  }

  async failed(): Promise<void> {}

  #message(): string {
    return `${this.kind} is not served by this version: nothing is done for it and no domain is claimed`;
  }

  async #project(object: StoredObject): Promise<void> {
    const journal = await this.#store.readJournal<{ conditions: Condition[] }>(object);
    const observedGeneration = object.validGeneration;
    const message = this.#message();
    const inputs = [
      { type: 'Accepted', status: 'False', reason: 'NotServed', message, observedGeneration },
      { type: 'Ready', status: 'False', reason: 'NotServed', message, observedGeneration },
    ] as const;
    let conditions = journal?.conditions ?? [];
    for (const input of inputs) conditions = setCondition(conditions, input, toTime(this.#clock.now()));
    if (JSON.stringify(conditions) !== JSON.stringify(journal?.conditions))
      await this.#store.writeJournal(object, { conditions });
    await this.#store.projectStatus(object, {
      observedGeneration,
      conditions,
      ...(object.lastHandledRequest ? { lastHandledRequest: object.lastHandledRequest } : {}),
    });
  }
}
