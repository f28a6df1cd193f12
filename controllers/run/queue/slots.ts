import type { KindSettings } from '../../../lib/app/kind-services.ts';
import type { LeasePlace } from '../../../lib/known-good/lease-turns.ts';
import type { RunActivity } from '../../../lib/run-record/run-activity.ts';
import { placeOf, type QueuePlace } from './admission.ts';
import { inOrder } from './order.ts';
import { holdsSlot, type QueuedRun, wantsSlot } from './queued-run.ts';
import type { Ground } from './waits.ts';

export interface SlotsOptions {
  /** Read at each use: a reload may change it. */
  settings: Readonly<Pick<KindSettings, 'maxRuns'>>;
  /** Is told who is active. */
  activity: Pick<RunActivity, 'note'>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The run slots: `maxRuns` over all sources, by rank and age; see docs/adr/0160-admission.md. */
export class Slots {
  readonly #runs = new Map<string, QueuedRun>();
  readonly #options: SlotsOptions;

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** Notes what a journal write changed. @returns the name of the other run that may start now because of it. */
  update(run: QueuedRun): string | undefined {
    const before = this.#runs.get(run.uid);
    this.#set(before?.lease === undefined ? run : { ...run, lease: before.lease });
    const holds = holdsSlot(run);
    return before && ((holdsSlot(before) && !holds) || (wantsSlot(before) && !wantsSlot(run) && !holds))
      ? this.#nextToStart(run.uid)
      : undefined;
  }

  /** @returns the name of the run that may start now because of it. */
  remove(uid: string): string | undefined {
    const before = this.#runs.get(uid);
    this.#runs.delete(uid);
    this.#tell();
    return before && (holdsSlot(before) || wantsSlot(before)) ? this.#nextToStart(uid) : undefined;
  }

  /** Takes a free slot for a run that is about to start; false where it has to wait. Of two only one gets the last. */
  take(uid: string, ground: Ground): boolean {
    const run = this.#runs.get(uid);
    if (!run || this.place(uid, ground).position > 0) return false;
    this.#set({ ...run, step: 'Testing', grownBytes: 0 });
    return true;
  }

  /**
   * Notes what the run waits for beside a slot, which keeps nobody from one; undefined: nothing.
   * @returns the name of the other run that may start now because of it.
   */
  awaitLease(uid: string, lease: LeasePlace | undefined): string | undefined {
    const run = this.#runs.get(uid);
    if (!run) return undefined;
    const { lease: before, ...others } = run;
    this.#set(lease === undefined ? others : { ...others, lease });
    return lease !== undefined && before === undefined ? this.#nextToStart(uid) : undefined;
  }

  /** True where something external of the run exists, or is about to. */
  isBusy(uid: string): boolean {
    const run = this.#runs.get(uid);
    return run !== undefined && (holdsSlot(run) || !run.tornDown);
  }

  /** Where the run stands; 0: may start now. */
  place(uid: string, ground: Ground): QueuePlace {
    const { settings, now } = this.#options;
    return placeOf(uid, {
      maxRuns: settings.maxRuns,
      ground,
      waiting: this.#waiting(),
      active: this.#active(),
      nowMs: now(),
    });
  }

  #set(run: QueuedRun): void {
    this.#runs.set(run.uid, run);
    this.#tell();
  }

  #tell(): void {
    this.#options.activity.note(this.#active().length);
  }

  #active(): QueuedRun[] {
    return [...this.#runs.values()].filter(holdsSlot);
  }

  /** Who got the place that `uid` made: those before it in the queue knew of theirs. */
  #nextToStart(uid: string): string | undefined {
    const free = Math.max(0, this.#options.settings.maxRuns - this.#active().length);
    const next = this.#waiting()
      .filter(({ lease }) => lease === undefined)
      .slice(0, free)
      .at(-1);
    return next?.uid === uid ? undefined : next?.name;
  }

  #waiting(): QueuedRun[] {
    return inOrder([...this.#runs.values()].filter(wantsSlot), this.#options.now());
  }
}
