import type { DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import { createMask } from '../../lib/checks/mask.ts';
import { maskErrorBy } from '../../lib/checks/mask-error.ts';
import { toTime } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import { type RunEnd, runStanding } from '../../lib/run-record/run-end.ts';
import { Decisions } from '../../lib/runtime/decisions.ts';
import {
  done,
  Interrupted,
  type Outcome,
  type Pass,
  type PassFailure,
  type Reconciler,
  requeueAfter,
} from '../../lib/runtime/reconciler.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { HandledRequest, PendingRequest, StoredObject } from '../../lib/store/store.ts';
import { performCanonicalAction } from './actions.ts';
import { canonicalStatus } from './conditions.ts';
import { type CanonicalJournal, newCanonicalJournal } from './journal.ts';
import { type CanonicalView, observeCanonical } from './observe.ts';
import type { CanonicalPass } from './pass.ts';
import { type CanonicalAction, planCanonical } from './plan.ts';
import type { CanonicalServices } from './services.ts';

/** Keeps a recipe enrolled: a known-good at a stable domain, data-warm, seeded by itself. */
export class CanonicalReconciler implements Reconciler {
  readonly kind = 'Canonical';
  readonly concurrency = 4;
  readonly #services: CanonicalServices;
  readonly #failures = new Map<string, PassFailure>();
  readonly #decisions: Decisions;

  constructor(services: CanonicalServices) {
    this.#services = services;
    this.#decisions = new Decisions(services.store);
  }

  async reconcile(key: ObjectKey, pass: Pass): Promise<Outcome> {
    const { store } = this.#services;
    const object = store.get(key);
    if (!object) {
      this.#failures.delete(key.name);
      return done;
    }
    const journal = (await store.readJournal<CanonicalJournal>(key)) ?? newCanonicalJournal();
    await this.#handleRequests(object, journal);
    await this.#settleSeed(object, journal);
    const view = await observeCanonical(this.#services, object, journal, pass.signal);
    await this.#noteRuns(view);
    const action = planCanonical(view.facts);
    await this.#decisions.note(object, { inputs: view.facts, action });
    await this.#project(view, action);
    const run: CanonicalPass = { services: this.#services, view, pass, save: () => store.writeJournal(key, journal) };
    const outcome = await this.#perform(run, action);
    this.#failures.delete(key.name);
    if (store.get(key)) await this.#projectAgain(key, pass);
    else this.#decisions.forget(object.uid);
    return outcome;
  }

  interrupts(started: StoredObject, now: StoredObject | undefined): boolean {
    return (
      now === undefined ||
      now.uid !== started.uid ||
      (now.deletion?.state === 'Started' && started.deletion?.state !== 'Started')
    );
  }

  async failed(key: ObjectKey, failure: PassFailure): Promise<void> {
    this.#failures.set(key.name, failure);
    const { store, log } = this.#services;
    const message = explainError(failure.error);
    try {
      if (failure.failures === 1)
        await store.event(key, { type: 'Warning', reason: failure.terminal ? 'Stalled' : 'PassFailed', message });
      await this.#projectAgain(key, { signal: new AbortController().signal });
    } catch (error) {
      log.error('cannot show a failed pass', { name: key.name, error: explainError(error) });
    }
  }

  async #perform(run: CanonicalPass, action: CanonicalAction): Promise<Outcome> {
    try {
      return await performCanonicalAction(run, action);
    } catch (error) {
      if (run.pass.signal.aborted && run.pass.signal.reason instanceof Interrupted)
        return requeueAfter(0, 'Interrupted');
      throw await this.#masked(run.view, error);
    }
  }

  #masked({ home }: CanonicalView, error: unknown): Promise<unknown> {
    return maskErrorBy(
      error,
      home.secretValues().then((values) => createMask(values)),
    );
  }

  async #projectAgain(key: ObjectKey, pass: Pick<Pass, 'signal'>): Promise<void> {
    const { store } = this.#services;
    const object = store.get(key);
    if (!object) return;
    const journal = (await store.readJournal<CanonicalJournal>(key)) ?? newCanonicalJournal();
    const view = await observeCanonical(this.#services, object, journal, pass.signal);
    await this.#project(view, planCanonical(view.facts));
  }

  async #project(view: CanonicalView, action: CanonicalAction): Promise<void> {
    const { store, settings, clock } = this.#services;
    const key = { kind: 'Canonical', name: view.object.name } as const;
    const failure = this.#failures.get(key.name);
    const status = canonicalStatus({ view, action, platform: settings.platformKind, failure, now: clock.now() });
    if (JSON.stringify(status.conditions) !== JSON.stringify(view.journal.conditions)) {
      view.journal.conditions = status.conditions;
      await store.writeJournal(key, view.journal);
    }
    await store.projectStatus(key, { ...status });
  }

  async #handleRequests(object: StoredObject, journal: CanonicalJournal): Promise<void> {
    const key = { kind: 'Canonical', name: object.name } as const;
    for (const request of object.requests.filter(({ verb }) => verb !== 'delete')) {
      if (request.verb === 'retry' || request.verb === 'reconcile') {
        if (request.verb === 'retry') journal.retry = request.id;
        delete journal.newest;
        delete journal.verified;
        await this.#services.store.writeJournal(key, journal);
      }
      await this.#services.store.finishRequest(key, request.id, answerOf(object, request));
    }
  }

  /** Takes over how the seed run ended. */
  async #settleSeed(object: StoredObject, journal: CanonicalJournal): Promise<void> {
    const { seed } = journal;
    if (!seed || seed.result !== undefined) return;
    const { store } = this.#services;
    const standing = await runStanding(store, { name: seed.run });
    if (standing.state === 'Open') return;
    const end = standing.state === 'Over' ? standing.end : undefined;
    seed.result = end?.promotion?.result === 'Promoted' ? 'Promoted' : 'NotPromoted';
    seed.reason = end ? wordsOf(end) : 'the run was removed';
    await store.writeJournal({ kind: 'Canonical', name: object.name }, journal);
  }

  /** The history of promotions, from the pointer's manifest. */
  async #noteRuns(view: CanonicalView): Promise<void> {
    const { manifest, journal, object } = view;
    if (
      !manifest?.run ||
      journal.history.some((entry) => entry.result === 'Promoted' && entry.run === manifest.run?.name)
    )
      return;
    const entry = {
      version: manifest.version,
      commit: manifest.commit,
      run: manifest.run.name,
      result: 'Promoted' as const,
      time: toTime(Date.parse(manifest.createdTime)),
    };
    journal.history = [entry, ...journal.history].slice(0, 10);
    await this.#services.store.writeJournal({ kind: 'Canonical', name: object.name }, journal);
  }
}

function wordsOf({ outcome, promotion }: RunEnd): string {
  const why = promotion?.reason ? `: ${promotion.reason}` : '';
  return `${outcome?.reason ?? ''} ${outcome?.message ?? ''} (promotion ${promotion?.result ?? 'none'}${why})`.trim();
}

function answerOf(object: StoredObject, { verb }: PendingRequest): Pick<HandledRequest, 'result' | 'message'> {
  switch (verb) {
    case 'retry':
    case 'reconcile':
    case 'delete':
      return { result: 'Done', message: 'seen' };
    case 'suspend':
      return { result: 'Done', message: 'suspended: neither seeded nor promoted' };
    case 'resume': {
      const inSpec = (specInForce(object) as DefaultedCanonicalSpec).suspend;
      return inSpec
        ? { result: 'Refused', message: `spec.suspend is true in ${object.path}: edit that file` }
        : { result: 'Done', message: 'resumed' };
    }
    default:
      return { result: 'Refused', message: `${verb} does nothing on a Canonical` };
  }
}
