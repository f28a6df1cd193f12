import { type StatedCondition, statedConditions } from '../api/conditions.ts';
import type { Kind } from '../api/kinds.ts';
import { createMask, type Mask } from '../checks/mask.ts';
import { toTime } from '../clock.ts';
import type { ObjectStore, StoredObject } from '../store/store.ts';
import type { CommonStatus, Draft, KindDefinition, Seen, Shown } from './kind.ts';
import { KindLoop, type LoopServices } from './kind-loop.ts';
import { done, type Outcome, type Pass, type Reconciler } from './reconciler.ts';
import { againAction, failureCondition } from './shown-failure.ts';

interface NotServedSeen extends Seen {
  facts: { deletion: 'None' | 'Missing' | 'Started' | 'Destroying' };
}

interface NotServedAction {
  type: 'Rest' | 'Remove';
}

/** Answers for a kind that this version knows but does not serve: `Accepted=False/NotServed`, no claim, no effect. */
export function notServed(kind: Kind, services: LoopServices & { store: ObjectStore }): Reconciler {
  return new KindLoop(new NotServed(kind, services.store), services);
}

class NotServed implements KindDefinition<Draft, NotServedSeen, NotServedAction> {
  readonly kind: Kind;
  readonly concurrency = 1;
  readonly rests = ['Rest'] as const;
  readonly lasts = [] as const;
  readonly #store: ObjectStore;

  constructor(kind: Kind, store: ObjectStore) {
    this.kind = kind;
    this.#store = store;
  }

  owns(): boolean {
    return false;
  }

  async open(object: StoredObject, pass: Pass): Promise<Draft> {
    const journal = (await this.#store.readJournal<Draft['journal']>(object)) ?? {};
    return { object, journal, pass, save: () => this.#store.writeJournal(object, journal) };
  }

  async settle({ object }: Draft): Promise<void> {
    for (const { id, verb } of object.requests.filter((request) => request.verb !== 'delete')) {
      const message = `${verb}: ${this.kind} is not served by this version`;
      await this.#store.finishRequest(object, id, { result: 'Refused', message });
    }
    await this.#store.refuse(object, { reason: 'NotServed', message: this.#message() });
  }

  async observe({ object }: Draft): Promise<NotServedSeen> {
    return { facts: { deletion: object.deletion?.state ?? 'None' } };
  }

  plan({ deletion }: NotServedSeen['facts']): NotServedAction {
    return { type: deletion === 'Started' || deletion === 'Destroying' ? 'Remove' : 'Rest' };
  }

  async act({ object }: Draft, _seen: NotServedSeen, { type }: NotServedAction): Promise<Outcome> {
    if (type === 'Rest') return done;
    await this.#store.markDestroying(object);
    await this.#store.remove(object);
    return done;
  }

  status({ object, journal }: Draft, _seen: NotServedSeen, { failure, now }: Shown<NotServedAction>): CommonStatus {
    const refused = { status: 'False', reason: 'NotServed', message: this.#message() } as const;
    const stated: StatedCondition[] = [
      { type: 'Accepted', ...refused },
      { type: 'Ready', ...refused },
    ];
    const at = { time: toTime(now), observedGeneration: object.validGeneration };
    return {
      observedGeneration: object.validGeneration,
      conditions: statedConditions(journal.conditions, failure ? [...stated, failureCondition(failure)] : stated, at),
      ...(failure ? { nextAction: againAction(failure) } : {}),
      ...(object.lastHandledRequest ? { lastHandledRequest: object.lastHandledRequest } : {}),
    };
  }

  async mask(): Promise<Mask> {
    return createMask([]);
  }

  #message(): string {
    return `${this.kind} is not served by this version: nothing is done for it and no domain is claimed`;
  }
}
