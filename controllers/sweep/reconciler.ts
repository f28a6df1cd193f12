import { isGoing } from '../../lib/app/enrolment.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { createMask, type Mask } from '../../lib/checks/mask.ts';
import type { Draft, KindDefinition, Shown } from '../../lib/runtime/kind.ts';
import { KindLoop } from '../../lib/runtime/kind-loop.ts';
import type { Outcome, Pass, Reconciler } from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { performSweepAction } from './actions.ts';
import { sweepStatus } from './conditions.ts';
import { newSweepJournal, type SweepJournal, underWay } from './journal.ts';
import { observeSweep, type SweepView } from './observe.ts';
import { planSweep, type SweepAction } from './plan.ts';
import { answerRequest } from './requests.ts';

/** Of Sweeps: each rolls the warm services by a schedule, then tests the enrolled recipes that have something new. */
export function sweepReconciler(services: KindServices): Reconciler {
  return new KindLoop(new SweepKind(services), services);
}

interface SweepDraft extends Draft {
  journal: SweepJournal;
}

class SweepKind implements KindDefinition<SweepDraft, SweepView, SweepAction> {
  readonly kind = 'Sweep';
  /** One at a time: of two that are due at once the second one sees the first. */
  readonly concurrency = 1;
  readonly urgent = ['cancel'] as const;
  readonly plan = planSweep;
  readonly rests = ['Rest'] as const;
  readonly lasts = ['Decide'] as const;
  readonly #services: KindServices;

  constructor(services: KindServices) {
    this.#services = services;
  }

  /** What it creates are Runs, which own what they make. */
  owns(): boolean {
    return false;
  }

  async open(object: StoredObject, pass: Pass): Promise<SweepDraft> {
    const { store } = this.#services;
    const key = { kind: 'Sweep', name: object.name } as const;
    const journal = (await store.readJournal<SweepJournal>(key)) ?? newSweepJournal();
    return { object, journal, pass, save: () => store.writeJournal(key, journal) };
  }

  async settle({ object, journal, save }: SweepDraft): Promise<void> {
    for (const request of object.requests.filter(({ verb }) => verb !== 'delete')) {
      const answer = answerRequest(object, journal, request);
      await save();
      await this.#services.store.finishRequest(object, request.id, answer);
    }
    const sweep = underWay(journal);
    if (!isGoing(object) || sweep === undefined || sweep.cancel || sweep.step === 'Report') return;
    sweep.cancel = { by: 'deletion of the Sweep' };
    await save();
  }

  observe({ object, journal }: SweepDraft): Promise<SweepView> {
    return observeSweep(this.#services, object, journal);
  }

  async act({ pass, save }: SweepDraft, view: SweepView, action: SweepAction): Promise<Outcome> {
    return await performSweepAction({ services: this.#services, view, pass, save }, action);
  }

  status(_draft: SweepDraft, view: SweepView, shown: Shown<SweepAction>) {
    return sweepStatus({ view, ...shown });
  }

  async mask(): Promise<Mask> {
    return createMask(this.#services.mirrors.secretValues());
  }
}
