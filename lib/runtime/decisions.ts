import type { DecisionRecord, ObjectStore, StoredObject } from '../store/store.ts';

/** Keeps what plans chose, from what; a repeated look at the same wait is one line. */
export class Decisions {
  readonly #store: Pick<ObjectStore, 'decision'>;
  /** The last action noted, by uid and planner. */
  readonly #last = new Map<string, Map<string, string>>();

  constructor(store: Pick<ObjectStore, 'decision'>) {
    this.#store = store;
  }

  async note({ kind, name, uid }: StoredObject, decision: DecisionRecord & { action: object }): Promise<void> {
    const text = JSON.stringify({ ...decision.action, afterMs: 0 });
    const last = this.#last.get(uid) ?? new Map<string, string>();
    const planner = decision.planner ?? '';
    if (last.get(planner) === text) return;
    this.#last.set(uid, last.set(planner, text));
    await this.#store.decision({ kind, name }, decision);
  }

  forget(uid: string): void {
    this.#last.delete(uid);
  }
}
