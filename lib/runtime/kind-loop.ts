import type { Kind, ObjectKey } from '../api/kinds.ts';
import { present } from '../api/objects.ts';
import { maskErrorBy } from '../checks/mask-error.ts';
import type { Clock } from '../clock.ts';
import { explainError } from '../errors.ts';
import { refusedSpec } from '../store/refused-spec.ts';
import type { DecisionRecord, EventInput, ObjectStore, StoredObject } from '../store/store.ts';
import type { KindHoldings } from './holdings.ts';
import type { CommonStatus, Draft, KindDefinition, PlannedAction, Seen } from './kind.ts';
import { done, type Outcome, type Pass, type PassFailure, type Reconciler } from './reconciler.ts';
import { unseenStatus } from './shown-failure.ts';

export interface LoopServices {
  store: Pick<ObjectStore, 'get' | 'event' | 'decision' | 'projectStatus'>;
  clock: Clock;
}

/**
 * The loop of a kind: open → settle → observe → plan → note the decision → act → show. The status is shown once a pass,
 * after the act; an act that lasts is shown as under way as well. A pass that acts ends with the rest that it finds.
 */
export class KindLoop<D extends Draft, S extends Seen, Action extends PlannedAction> implements Reconciler {
  readonly kind: Kind;
  readonly concurrency: number;
  readonly holdings: KindHoldings | undefined;
  readonly #definition: KindDefinition<D, S, Action>;
  readonly #services: LoopServices;
  readonly #decisions: Decisions;
  /** How the last pass failed, by uid, until one succeeds. */
  readonly #failures = new Map<string, PassFailure>();
  /** The last status, by uid, for when nothing can be observed. */
  readonly #shown = new Map<string, CommonStatus>();

  constructor(definition: KindDefinition<D, S, Action>, services: LoopServices) {
    this.kind = definition.kind;
    this.concurrency = definition.concurrency;
    this.holdings = definition.holdings;
    this.#definition = definition;
    this.#services = services;
    this.#decisions = new Decisions(services.store);
  }

  async load(): Promise<void> {
    await this.#definition.load?.();
  }

  async stopped(): Promise<void> {
    await this.#definition.stopped?.();
  }

  owns(object: StoredObject): boolean {
    return this.#definition.owns(object);
  }

  async reconcile(key: ObjectKey, pass: Pass): Promise<Outcome> {
    const object = this.#services.store.get(key);
    if (!object) return done;
    const draft = await this.#definition.open(object, pass);
    try {
      return await this.#look(draft);
    } catch (error) {
      // The caller knows why it stopped the pass.
      throw pass.signal.aborted ? error : await maskErrorBy(error, this.#definition.mask(draft));
    }
  }

  interrupts(started: StoredObject, now: StoredObject | undefined): boolean {
    if (!now || now.uid !== started.uid) return true;
    const { urgent = [] } = this.#definition;
    const mustStop = ({ deletion, requests }: StoredObject): boolean =>
      deletion?.state === 'Started' || requests.some(({ verb }) => urgent.includes(verb));
    return mustStop(now) && !mustStop(started);
  }

  async failed(key: ObjectKey, failure: PassFailure): Promise<void> {
    const object = this.#services.store.get(key);
    if (!object) return;
    this.#failures.set(object.uid, failure);
    try {
      if (failure.failures === 1) await this.#services.store.event(key, eventOf(failure));
    } finally {
      const pass = { signal: new AbortController().signal, leavePool: () => {} };
      await this.#showFailure(await this.#definition.open(object, pass), failure);
    }
  }

  async #look(draft: D): Promise<Outcome> {
    const definition = this.#definition;
    await definition.settle(draft);
    if (!this.#readAgain(draft)) return this.#forget(draft.object);
    const { object } = draft;
    const seen = await definition.observe(draft);
    const action = definition.plan(seen.facts);
    await this.#decisions.note(object, { inputs: seen.facts, action });
    if (definition.lasts.includes(action.type)) await this.#show(draft, seen, action);
    const outcome = await definition.act(draft, seen, action, (decision) => this.#decisions.note(object, decision));
    this.#failures.delete(object.uid);
    if (!this.#readAgain(draft)) return this.#forget(object);
    if (!definition.rests.includes(action.type)) return await this.#showNow(draft, outcome);
    await this.#show(draft, seen, action);
    return outcome;
  }

  /** The object as the store has it by now; false where it is gone. */
  #readAgain(draft: D): boolean {
    const { kind, name, uid } = draft.object;
    const now = this.#services.store.get({ kind, name });
    if (now?.uid !== uid) return false;
    draft.object = now;
    return true;
  }

  #forget(object: StoredObject): Outcome {
    for (const memory of [this.#failures, this.#shown]) memory.delete(object.uid);
    this.#decisions.forget(object.uid);
    this.#definition.forget?.(object);
    return done;
  }

  /** Shows what an act came to. Where that is rest, the next pass, which would come at once, has nothing else to find. */
  async #showNow(draft: D, outcome: Outcome): Promise<Outcome> {
    const seen = await this.#definition.observe(draft);
    const action = this.#definition.plan(seen.facts);
    const isRest = isAtOnce(outcome) && this.#definition.rests.includes(action.type);
    const next = isRest ? await this.#rest(draft, seen, action) : outcome;
    await this.#show(draft, seen, action);
    return next;
  }

  async #rest(draft: D, seen: S, action: Action): Promise<Outcome> {
    const { object } = draft;
    await this.#decisions.note(object, { inputs: seen.facts, action });
    return await this.#definition.act(draft, seen, action, (decision) => this.#decisions.note(object, decision));
  }

  async #show(draft: D, seen: S, action: Action): Promise<void> {
    const failure = this.#failures.get(draft.object.uid);
    const now = this.#services.clock.now();
    await this.#project(draft, this.#definition.status(draft, seen, { action, failure, now }));
  }

  /** What fails a pass may keep the object from being observed as well. */
  async #showFailure(draft: D, failure: PassFailure): Promise<void> {
    const seen = await this.#definition.observe(draft).catch(() => undefined);
    if (seen) return await this.#show(draft, seen, this.#definition.plan(seen.facts));
    const shown = this.#shown.get(draft.object.uid);
    await this.#project(draft, unseenStatus(draft, { shown, failure, now: this.#services.clock.now() }));
  }

  /** Conditions are journaled, so that their transition times outlast this process; where they cannot be, still shown. */
  async #project(draft: D, status: CommonStatus): Promise<void> {
    const { object, journal } = draft;
    this.#shown.set(object.uid, status);
    try {
      if (!draft.isUnsaved && JSON.stringify(status.conditions) === JSON.stringify(journal.conditions)) return;
      journal.conditions = status.conditions;
      await draft.save();
      draft.isUnsaved = false;
    } finally {
      await this.#services.store.projectStatus(object, { ...status, ...fileFaults(object) });
    }
  }
}

/** What of the file of an object is not in force, whatever its kind. */
function fileFaults(object: StoredObject): object {
  return present({ refused: refusedSpec(object), problems: object.rejected && [...object.rejected.problems] });
}

function isAtOnce(outcome: Outcome): boolean {
  return outcome.outcome === 'Requeue' && outcome.afterMs <= 0;
}

function eventOf({ terminal, error }: PassFailure): EventInput {
  return { type: 'Warning', reason: terminal ? 'Stalled' : 'PassFailed', message: explainError(error) };
}

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
