import type { StoredObject } from '../store/store.ts';

interface Memory {
  /** What of the object the failure belongs to: while it is unchanged, the failures are counted on. */
  desired: string;
  /** Ids of the requests that were there. */
  requests: ReadonlySet<string>;
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
    const isSame = memory?.desired === desiredOf(object) && object.requests.every(({ id }) => memory.requests.has(id));
    if (isSame) return { failures: memory.failures, terminal: memory.terminal };
    this.#memories.delete(id);
    return { failures: 0, terminal: false };
  }

  /**
   * Counts a failure of a pass that was started with `object`.
   * @returns the failures in a row.
   */
  failed(id: string, object: StoredObject, terminal: boolean): number {
    const failures = this.look(id, object).failures + 1;
    const requests = new Set(object.requests.map((request) => request.id));
    this.#memories.set(id, { desired: desiredOf(object), requests, failures, terminal });
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

function desiredOf({ uid, generation, suspended, deletion }: StoredObject): string {
  return [uid, generation, suspended, deletion?.state].join(' ');
}
