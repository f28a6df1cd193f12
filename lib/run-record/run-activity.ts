import { keyText, type ObjectKey } from '../api/kinds.ts';

/** How many runs are active, for kinds that wait until none is: a cache of journals, read anew at start. */
export class RunActivity {
  #active = 0;
  readonly #awaiting = new Map<string, ObjectKey>();
  readonly #listeners = new Set<() => void>();
  readonly #enqueue: (key: ObjectKey) => void;

  constructor(enqueue: (key: ObjectKey) => void) {
    this.#enqueue = enqueue;
  }

  /** Told by the kind of runs after each change. */
  note(active: number): void {
    this.#active = active;
    for (const listener of this.#listeners) listener();
    if (active > 0) return;
    const keys = [...this.#awaiting.values()];
    this.#awaiting.clear();
    for (const key of keys) this.#enqueue(key);
  }

  /** Runs that hold a slot now. */
  active(): number {
    return this.#active;
  }

  /** Has the object looked at once no run is active. A hint: a restart forgets it, and each is told once. */
  onIdle(key: ObjectKey): void {
    this.#awaiting.set(keyText(key), key);
  }

  /** Calls the listener after each change of a run, which may be any: a hint. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
