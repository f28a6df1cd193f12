import type { RealmLease } from '../api/generated/types.ts';

/** A lease, and the warm service whose provider it is in. */
export interface HeldRealm extends RealmLease {
  service: string;
}

/**
 * Which runs have a realm in which warm service, and which services are being changed: a cache of journals, read anew at
 * start. A run that comes to use a service and an upgrade that comes to change it ask here first, in one breath: only
 * one of the two is told yes.
 */
export class RealmLeases {
  /** By the uid of the run. */
  readonly #held = new Map<string, readonly HeldRealm[]>();
  readonly #changing = new Set<string>();
  readonly #onChange: (service: string) => void;

  /** `onChange` is told of each service that somebody uses, or uses no more, since it was told last. */
  constructor(onChange: (service: string) => void) {
    this.#onChange = onChange;
  }

  /** What the journal of the run says. */
  note(uid: string, held: readonly HeldRealm[]): void {
    const before = this.#held.get(uid) ?? [];
    if (JSON.stringify(before) === JSON.stringify(held)) return;
    if (held.length === 0) this.#held.delete(uid);
    else this.#held.set(uid, held);
    for (const service of new Set([...before, ...held].map((one) => one.service))) this.#onChange(service);
  }

  /** One more for the run, before its journal says so; false while the service is being changed. */
  take(uid: string, lease: HeldRealm): boolean {
    if (this.#changing.has(lease.service)) return false;
    this.note(uid, [...(this.#held.get(uid) ?? []), lease]);
    return true;
  }

  /** Who has a realm there, by name. */
  of(service: string): RealmLease[] {
    const held = [...this.#held.values()].flat().filter((lease) => lease.service === service);
    return held.map(({ run, realm }) => ({ run, realm })).sort((one, other) => (one.run < other.run ? -1 : 1));
  }

  /** Whether an operation is under way there. */
  noteChanging(service: string, state: 'Changing' | 'AtRest'): void {
    if (state === 'Changing') this.#changing.add(service);
    else this.#changing.delete(service);
  }
}
