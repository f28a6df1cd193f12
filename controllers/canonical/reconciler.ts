import type { DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { createMask, type Mask } from '../../lib/checks/mask.ts';
import { toTime } from '../../lib/clock.ts';
import { type RunEnd, runStanding } from '../../lib/run-record/run-end.ts';
import type { Draft, KindDefinition, Shown } from '../../lib/runtime/kind.ts';
import { KindLoop } from '../../lib/runtime/kind-loop.ts';
import type { Outcome, Pass, Reconciler } from '../../lib/runtime/reconciler.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { HandledRequest, PendingRequest, StoredObject } from '../../lib/store/store.ts';
import { performCanonicalAction } from './actions.ts';
import { canonicalStatus } from './conditions.ts';
import { CanonicalHoldings } from './holdings.ts';
import { type CanonicalJournal, newCanonicalJournal } from './journal.ts';
import { type CanonicalView, homeOf, observeCanonical } from './observe.ts';
import { type CanonicalAction, planCanonical } from './plan.ts';

/** Of Canonicals: each keeps a recipe enrolled, a known-good at a stable domain, data-warm, seeded by itself. */
export function canonicalReconciler(services: KindServices): Reconciler {
  return new KindLoop(new CanonicalKind(services), services);
}

class CanonicalKind implements KindDefinition<CanonicalDraft, CanonicalView, CanonicalAction> {
  readonly kind = 'Canonical';
  readonly concurrency = 16;
  readonly plan = planCanonical;
  readonly rests = ['Reject', 'Rest'] as const;
  readonly lasts = ['RepairLease', 'Verify', 'RestoreVolumes', 'Tidy', 'FindNewest', 'Undeploy', 'Destroy'] as const;
  readonly holdings: CanonicalHoldings;
  readonly #services: KindServices;

  constructor(services: KindServices) {
    this.#services = services;
    this.holdings = new CanonicalHoldings(services);
  }

  /** One that was never accepted has claimed nothing: a second one of a recipe may go whenever its file does. */
  owns({ accepted }: StoredObject): boolean {
    return accepted !== undefined;
  }

  async open(object: StoredObject, pass: Pass): Promise<CanonicalDraft> {
    const { store } = this.#services;
    const key = { kind: 'Canonical', name: object.name } as const;
    const journal = (await store.readJournal<CanonicalJournal>(key)) ?? newCanonicalJournal();
    return { object, journal, pass, save: () => store.writeJournal(key, journal) };
  }

  async settle(draft: CanonicalDraft): Promise<void> {
    await this.#handleRequests(draft);
    await this.#settleSeed(draft);
  }

  observe({ object, journal, pass }: CanonicalDraft): Promise<CanonicalView> {
    return observeCanonical(this.#services, object, journal, pass.signal);
  }

  async act(draft: CanonicalDraft, view: CanonicalView, action: CanonicalAction): Promise<Outcome> {
    const { pass, save } = draft;
    if (notePromotion(view)) await save();
    const saveWithStatus = (): void => {
      draft.isUnsaved = true;
    };
    return await performCanonicalAction({ services: this.#services, view, pass, save, saveWithStatus }, action);
  }

  status(_draft: CanonicalDraft, view: CanonicalView, shown: Shown<CanonicalAction>) {
    return canonicalStatus({ view, platform: this.#services.settings.platformKind, ...shown });
  }

  async mask({ object, journal }: CanonicalDraft): Promise<Mask> {
    return createMask(await homeOf(this.#services, object, journal).secretValues());
  }

  async #handleRequests({ object, journal, save }: CanonicalDraft): Promise<void> {
    for (const request of object.requests.filter(({ verb }) => verb !== 'delete')) {
      if (request.verb === 'retry' || request.verb === 'reconcile') {
        if (request.verb === 'retry') journal.retry = request.id;
        delete journal.newest;
        delete journal.verified;
        delete journal.notPrepared;
        await save();
      }
      await this.#services.store.finishRequest(object, request.id, answerOf(object, request));
    }
  }

  /** Takes over how the seed run ended. */
  async #settleSeed({ journal, save }: CanonicalDraft): Promise<void> {
    const { seed } = journal;
    if (!seed || seed.result !== undefined) return;
    const standing = await runStanding(this.#services.store, { name: seed.run });
    if (standing.state === 'Open') return;
    const end = standing.state === 'Over' ? standing.end : undefined;
    seed.result = end?.promotion?.result === 'Promoted' ? 'Promoted' : 'NotPromoted';
    seed.reason = end ? wordsOf(end) : 'the run was removed';
    await save();
  }
}

/** The history of promotions, from the pointer's manifest; tells whether it has grown. */
function notePromotion({ manifest, journal }: CanonicalView): boolean {
  const run = manifest?.run?.name;
  if (!run || journal.history.some((entry) => entry.result === 'Promoted' && entry.run === run)) return false;
  const { version, commit, createdTime } = manifest;
  const entry = { version, commit, run, result: 'Promoted' as const, time: toTime(Date.parse(createdTime)) };
  journal.history = [entry, ...journal.history].slice(0, 10);
  return true;
}

function wordsOf({ outcome, promotion }: RunEnd): string {
  const why = promotion?.reason ? `: ${promotion.reason}` : '';
  return `${outcome?.reason ?? ''} ${outcome?.message ?? ''} (promotion ${promotion?.result ?? 'none'}${why})`.trim();
}

function answerOf(object: StoredObject, { verb }: PendingRequest): Pick<HandledRequest, 'result' | 'message'> {
  if (verb === 'retry' || verb === 'reconcile' || verb === 'delete') return { result: 'Done', message: 'seen' };
  if (verb === 'suspend') return { result: 'Done', message: 'suspended: neither seeded nor promoted' };
  if (verb === 'resume') {
    const inSpec = (specInForce(object) as DefaultedCanonicalSpec).suspend;
    return inSpec
      ? { result: 'Refused', message: `spec.suspend is true in ${object.path}: edit that file` }
      : { result: 'Done', message: 'resumed' };
  }
  return { result: 'Refused', message: `${verb} does nothing on a Canonical` };
}

/** What a pass reads before it looks at the platform. */
export interface CanonicalDraft extends Draft {
  journal: CanonicalJournal;
}
