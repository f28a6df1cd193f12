import type { StoredObject } from '../store/store.ts';

/** What of an object a failure belongs to: while it is unchanged, the failures are counted on. */
interface Desired {
  uid: string;
  generation: number;
  suspended: boolean;
  deletion: string;
  requests: ReadonlySet<string>;
}

interface Memory {
  desired: Desired;
  failures: number;
  terminal: boolean;
}

/**
 * Failures in a row per key. A new desired state (generation, suspension, deletion, a request that was not there)
 * begins anew; being looked at again does not. Kept in memory only: a restart tries everything once more.
 */
export class RetryMemory {
  readonly #memories = new Map<string, Memory>();

  /** Compares with the remembered failure, if any; forgets it where the desired state is another one. */
  look(id: string, object: StoredObject): { failures: number; terminal: boolean } {
    const memory = this.#memories.get(id);
    if (memory && !isNew(memory.desired, object)) return { failures: memory.failures, terminal: memory.terminal };
    this.#memories.delete(id);
    return { failures: 0, terminal: false };
  }

  /**
   * Counts a failure of a pass that was started with `object`.
   * @returns the failures in a row.
   */
  failed(id: string, object: StoredObject, terminal: boolean): number {
    const failures = this.look(id, object).failures + 1;
    this.#memories.set(id, { desired: desiredOf(object), failures, terminal });
    return failures;
  }

  /** A pass succeeded, or the object is gone. */
  forget(id: string): void {
    this.#memories.delete(id);
  }

  /** True while the key waits out a failure, or stalls. */
  has(id: string): boolean {
    return this.#memories.has(id);
  }
}

function desiredOf(object: StoredObject): Desired {
  return {
    uid: object.uid,
    generation: object.generation,
    suspended: object.suspended,
    deletion: object.deletion?.state ?? '',
    requests: new Set(object.requests.map((request) => request.id)),
  };
}

function isNew(remembered: Desired, object: StoredObject): boolean {
  const now = desiredOf(object);
  return (
    now.uid !== remembered.uid ||
    now.generation !== remembered.generation ||
    now.suspended !== remembered.suspended ||
    now.deletion !== remembered.deletion ||
    [...now.requests].some((id) => !remembered.requests.has(id))
  );
}
