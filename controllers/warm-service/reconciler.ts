import type { KindServices } from '../../lib/app/kind-services.ts';
import { createMask, type Mask } from '../../lib/checks/mask.ts';
import { WarmServiceHoldings } from '../../lib/known-good/warm-holdings.ts';
import { isChanging } from '../../lib/known-good/warm-record.ts';
import type { Draft, KindDefinition, Shown } from '../../lib/runtime/kind.ts';
import { KindLoop } from '../../lib/runtime/kind-loop.ts';
import type { Outcome, Pass, Reconciler } from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { performWarmServiceAction } from './actions.ts';
import { warmServiceStatus } from './conditions.ts';
import { newWarmServiceJournal, type WarmServiceJournal } from './journal.ts';
import { homeOf, observeWarmService } from './observe.ts';
import { planWarmService, type WarmServiceAction } from './plan.ts';
import { answerRequest } from './requests.ts';
import type { WarmServiceView } from './site.ts';

/** Of WarmServices: each keeps an app live at a stable domain, at the newest safe version, and its data never lost. */
export function warmServiceReconciler(services: KindServices): Reconciler {
  return new KindLoop(new WarmServiceKind(services), services);
}

/** What a pass reads before it looks at the platform. */
interface WarmServiceDraft extends Draft {
  journal: WarmServiceJournal;
}

class WarmServiceKind implements KindDefinition<WarmServiceDraft, WarmServiceView, WarmServiceAction> {
  readonly kind = 'WarmService';
  readonly concurrency = 4;
  readonly plan = planWarmService;
  readonly rests = ['Reject', 'Rest'] as const;
  readonly lasts = ['Operate', 'FindVersions', 'DropExpired', 'Undeploy', 'Destroy'] as const;
  readonly holdings: WarmServiceHoldings;
  readonly #services: KindServices;
  /** Names of those that were last seen healthy and at rest, by this process. */
  readonly #ready = new Set<string>();
  /** What an operation in flight waits for, by uid; lost on a restart and found again by the next look. */
  readonly #waiting = new Map<string, string>();

  constructor(services: KindServices) {
    this.#services = services;
    this.holdings = new WarmServiceHoldings(services);
  }

  owns({ accepted }: StoredObject): boolean {
    return accepted !== undefined;
  }

  async open(object: StoredObject, pass: Pass): Promise<WarmServiceDraft> {
    const { store } = this.#services;
    const key = { kind: 'WarmService', name: object.name } as const;
    const journal = (await store.readJournal<WarmServiceJournal>(key)) ?? newWarmServiceJournal();
    return { object, journal, pass, save: () => store.writeJournal(key, journal) };
  }

  async settle({ object, journal, save, pass }: WarmServiceDraft): Promise<void> {
    for (const request of object.requests.filter(({ verb }) => verb !== 'delete')) {
      const answer = await answerRequest(this.#services, { object, journal, request, signal: pass.signal });
      await save();
      await this.#services.store.finishRequest(object, request.id, answer);
    }
  }

  async observe({ object, journal, pass }: WarmServiceDraft): Promise<WarmServiceView> {
    const isReady = (name: string): boolean => this.#ready.has(name);
    const view = await observeWarmService(this.#services, object, { journal, isReady, signal: pass.signal });
    const { leases } = this.#services;
    leases.noteChanging(object.name, isChanging(journal) ? 'Changing' : 'AtRest');
    if (view.facts.app.state === 'Up' && journal.operation === undefined) this.#ready.add(object.name);
    else this.#ready.delete(object.name);
    return view;
  }

  /** An operation that was stopped on purpose counts no crash with the next process. */
  async stopped(): Promise<void> {
    const { store, session } = this.#services;
    for (const { kind, name } of store.list('WarmService')) {
      const journal = await store.readJournal<WarmServiceJournal>({ kind, name });
      if (journal?.operation?.steps.process !== session) continue;
      journal.operation.stoppedGracefully = true;
      await store.writeJournal({ kind, name }, journal);
    }
  }

  forget({ name, uid }: StoredObject): void {
    this.#waiting.delete(uid);
    this.#services.leases.noteChanging(name, 'AtRest');
    this.#ready.delete(name);
  }

  async act({ pass, save }: WarmServiceDraft, view: WarmServiceView, action: WarmServiceAction): Promise<Outcome> {
    const { uid } = view.object;
    const waitedFor = this.#waiting.get(uid);
    const noteWaiting = (text: string | undefined): void =>
      void (text === undefined ? this.#waiting.delete(uid) : this.#waiting.set(uid, text));
    const run = { services: this.#services, view, pass, save, waitedFor, noteWaiting };
    return await performWarmServiceAction(run, action);
  }

  status(_draft: WarmServiceDraft, view: WarmServiceView, shown: Shown<WarmServiceAction>) {
    const waitingFor = this.#waiting.get(view.object.uid);
    return warmServiceStatus({ view, platform: this.#services.settings.platformKind, waitingFor, ...shown });
  }

  async mask({ object, journal }: WarmServiceDraft): Promise<Mask> {
    return createMask(await homeOf(this.#services, object, journal).secretValues());
  }
}
