import { statedConditions } from '../../lib/api/conditions.ts';
import { createMask, type Mask } from '../../lib/checks/mask.ts';
import { toTime } from '../../lib/clock.ts';
import type { CommonStatus, Draft, KindDefinition, NoteDecision, Shown } from '../../lib/runtime/kind.ts';
import { done, type Outcome, type Pass } from '../../lib/runtime/reconciler.ts';
import { failureCondition } from '../../lib/runtime/shown-failure.ts';
import type { ObjectStore, StoredObject } from '../../lib/store/store.ts';

type JournalStore = Pick<ObjectStore, 'readJournal' | 'writeJournal'>;

interface FakeAction {
  type: string;
}

interface FakeSeen {
  facts: { next: string };
}

export interface FakeDraft extends Draft {
  journal: Draft['journal'] & { passes?: number };
}

/** What an act is given; `number` is that of the act, 1 for the first. */
export interface FakeTurn {
  draft: FakeDraft;
  number: number;
  note: NoteDecision;
}

/** A kind whose world is one word: what comes next. Its acts do what the script says. */
export class FakeKind implements KindDefinition<FakeDraft, FakeSeen, FakeAction> {
  readonly kind = 'Run';
  readonly concurrency = 1;
  readonly urgent = ['cancel'] as const;
  /** What was asked of it, oldest first. */
  readonly calls: string[] = [];
  readonly forgotten: string[] = [];
  readonly rests = ['Rest'];
  readonly lasts = ['Copy'];
  /** The next action: one of those, or any other word. */
  next = 'Act';
  script: (turn: FakeTurn) => Promise<Outcome> | Outcome = () => done;
  onSettle: () => void = () => {};
  /** Errors that the next calls of that name throw, one each. */
  readonly failNext: { settle: unknown[]; observe: unknown[] } = { settle: [], observe: [] };
  secrets: readonly string[] = [];
  readonly #store: JournalStore;
  #acts = 0;

  constructor(store: JournalStore) {
    this.#store = store;
  }

  async open(object: StoredObject, pass: Pass): Promise<FakeDraft> {
    const key = { kind: this.kind, name: object.name } as const;
    const journal = (await this.#store.readJournal<FakeDraft['journal']>(key)) ?? {};
    return { object, journal, pass, save: () => this.#store.writeJournal(key, journal) };
  }

  async settle(): Promise<void> {
    this.calls.push('settle');
    this.onSettle();
    if (this.failNext.settle.length > 0) throw this.failNext.settle.shift();
  }

  async observe(): Promise<FakeSeen> {
    this.calls.push('observe');
    if (this.failNext.observe.length > 0) throw this.failNext.observe.shift();
    return { facts: { next: this.next } };
  }

  plan({ next }: FakeSeen['facts']): FakeAction {
    return { type: next };
  }

  async act(draft: FakeDraft, _seen: FakeSeen, { type }: FakeAction, note: NoteDecision): Promise<Outcome> {
    this.calls.push(`act ${type}`);
    this.#acts += 1;
    return await this.script({ draft, number: this.#acts, note });
  }

  status({ object, journal }: FakeDraft, _seen: FakeSeen, { action, failure, now }: Shown<FakeAction>): CommonStatus {
    this.calls.push(`status ${action.type}`);
    const top = { type: 'Succeeded', status: action.type === 'Rest' ? 'True' : 'Unknown' } as const;
    const stated = [{ ...top, reason: action.type, message: '' }, ...(failure ? [failureCondition(failure)] : [])];
    const at = { time: toTime(now), observedGeneration: object.validGeneration };
    return {
      observedGeneration: object.validGeneration,
      conditions: statedConditions(journal.conditions, stated, at),
      nextAction: { what: action.type, reason: action.type },
    };
  }

  async mask(): Promise<Mask> {
    return createMask(this.secrets);
  }

  owns(): boolean {
    return false;
  }

  forget({ name }: StoredObject): void {
    this.forgotten.push(name);
  }
}
