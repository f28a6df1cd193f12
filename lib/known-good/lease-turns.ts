import type { ObjectKey } from '../api/kinds.ts';
import { type Clock, toTime } from '../clock.ts';
import { acquireLease, holdsLease, type Lease, type LeaseHolder, readLease, releaseLease } from './lease.ts';

/** Somebody who wants the lease of a canonical. */
export interface LeaseWaiter {
  key: ObjectKey;
  holder: LeaseHolder;
  /** RFC 3339: who wants it for longer goes first. Absent: since it first asked. */
  since?: string;
}

/** The place of somebody who waits, from 1, and who holds the lease now, if anybody does. */
export interface LeasePlace {
  state: 'Waits';
  position: number;
  holder?: string;
}

interface Waiting {
  key: ObjectKey;
  since: string;
  /** When it last asked, by the monotonic clock. */
  askedMs: number;
}

/** Who waits looks again every few seconds; one that has not for so long does not keep others waiting. Milliseconds. */
const FORGOTTEN_AFTER_MS = 15_000;

/**
 * The order in which those who wait get the leases of canonicals, among the kinds of this process. The lease itself is a
 * file; the order is not kept: after a restart everybody asks again, by the same age.
 */
export class LeaseTurns {
  readonly #clock: Clock;
  readonly #wake: (key: ObjectKey) => void;
  /** By the canonical's directory, then by the uid of who waits. */
  readonly #waiting = new Map<string, Map<string, Waiting>>();

  /** @param wake has somebody looked at whose turn it may be. */
  constructor(clock: Clock, wake: (key: ObjectKey) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /**
   * Takes its place among those who wait; undefined where it is its turn and the lease is free, or its own already. The
   * lease is not taken. Idempotent.
   */
  async ask(directory: string, waiter: LeaseWaiter): Promise<LeasePlace | undefined> {
    const { holder } = waiter;
    const held = await readLease(directory);
    if (holdsLease(held, holder)) return undefined;
    const place = this.#placeOf(directory, waiter);
    if (held === undefined && place === 0) return undefined;
    return { state: 'Waits', position: place + 1, ...(held === undefined ? {} : { holder: held.holder }) };
  }

  /** Takes the lease when it is its turn, and gives it. Idempotent for the same holder. */
  async acquire(directory: string, waiter: LeaseWaiter): Promise<{ state: 'Mine'; lease: Lease } | LeasePlace> {
    const place = await this.ask(directory, waiter);
    if (place) return place;
    const lease = await acquireLease(directory, waiter.holder, this.#clock);
    if (!holdsLease(lease, waiter.holder)) return { state: 'Waits', position: 1, holder: lease.holder };
    this.leave(waiter.holder.uid);
    return { state: 'Mine', lease };
  }

  /** Gives a lease back, see {@link releaseLease}, and has the next in turn looked at. Idempotent. */
  async release(directory: string, own: LeaseHolder): Promise<boolean> {
    const free = await releaseLease(directory, own);
    const [next] = free ? this.#inTurn(directory) : [];
    if (next) this.#wake(next.key);
    return free;
  }

  /** It waits no more. */
  leave(uid: string): void {
    for (const [directory, waiting] of this.#waiting) {
      waiting.delete(uid);
      if (waiting.size === 0) this.#waiting.delete(directory);
    }
  }

  #placeOf(directory: string, { key, holder, since }: LeaseWaiter): number {
    const waiting = this.#waiting.get(directory) ?? new Map<string, Waiting>();
    this.#waiting.set(directory, waiting);
    const first = waiting.get(holder.uid)?.since ?? since ?? toTime(this.#clock.now());
    const mine = { key, since: first, askedMs: this.#clock.monotonicMs() };
    waiting.set(holder.uid, mine);
    return this.#inTurn(directory).indexOf(mine);
  }

  /** Those who still wait, who comes first is first. */
  #inTurn(directory: string): Waiting[] {
    const now = this.#clock.monotonicMs();
    return [...(this.#waiting.get(directory)?.values() ?? [])]
      .filter(({ askedMs }) => now - askedMs < FORGOTTEN_AFTER_MS)
      .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  }
}

function orderOf({ since, key }: Waiting): string {
  return `${since} ${key.kind}/${key.name}`;
}
