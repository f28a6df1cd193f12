import type { RunState } from '../../lib/run-record/run-end.ts';

/** What the queue knows of a run. A cache of journals, read anew at start. */
export interface QueuedRun {
  uid: string;
  name: string;
  step: RunState;
  creationTimestamp: string;
  /** Does not want a slot now: suspended, backed off, or over. */
  resting: boolean;
  tornDown: boolean;
}

/** The run slots: `maxRuns` over all sources, first come first served. */
export class Slots {
  readonly #runs = new Map<string, QueuedRun>();
  readonly #maxRuns: number;

  constructor(maxRuns: number) {
    this.#maxRuns = maxRuns;
  }

  /** Notes what a journal write changed. @returns the name of the other run that may start now because of it. */
  update(run: QueuedRun): string | undefined {
    const before = this.#runs.get(run.uid);
    this.#runs.set(run.uid, run);
    const holds = holdsSlot(run);
    return before && ((holdsSlot(before) && !holds) || (wants(before) && !wants(run) && !holds))
      ? this.#nextToStart(run.uid)
      : undefined;
  }

  /** It waits for something else, until it is noted anew. @returns the name of the run that may start now because of it. */
  rest(uid: string): string | undefined {
    const run = this.#runs.get(uid);
    return run && this.update({ ...run, resting: true });
  }

  /** @returns the name of the run that may start now because of it. */
  remove(uid: string): string | undefined {
    const before = this.#runs.get(uid);
    this.#runs.delete(uid);
    return before && (holdsSlot(before) || wants(before)) ? this.#nextToStart(uid) : undefined;
  }

  /** Takes a free slot for a run that is about to start; false where none is left for it. Of two only one gets the last. */
  take(uid: string): boolean {
    const run = this.#runs.get(uid);
    if (!run || this.position(uid) > 0) return false;
    this.#runs.set(uid, { ...run, step: 'Testing' });
    return true;
  }

  /** True where something external of the run exists, or is about to. */
  isBusy(uid: string): boolean {
    const run = this.#runs.get(uid);
    return run !== undefined && (holdsSlot(run) || !run.tornDown);
  }

  /** Runs that work now. */
  active(): number {
    return [...this.#runs.values()].filter(holdsSlot).length;
  }

  /** 0: may start now; else the place in the queue. */
  position(uid: string): number {
    const index = this.#waiting().findIndex((run) => run.uid === uid);
    const free = this.#maxRuns - this.active();
    return index < free ? 0 : index - Math.max(0, free) + 1;
  }

  /** Who got the place that `uid` made: those before it in the queue knew of theirs. */
  #nextToStart(uid: string): string | undefined {
    const free = Math.max(0, this.#maxRuns - this.active());
    const next = this.#waiting().slice(0, free).at(-1);
    return next?.uid === uid ? undefined : next?.name;
  }

  /** Those that wait, oldest first. */
  #waiting(): QueuedRun[] {
    return [...this.#runs.values()].filter(wants).toSorted(byAge);
  }
}

function holdsSlot({ step }: QueuedRun): boolean {
  return step === 'Testing' || step === 'TearingDown' || step === 'Promoting';
}

function wants({ step, resting }: QueuedRun): boolean {
  return step === 'Pending' && !resting;
}

function byAge(a: QueuedRun, b: QueuedRun): number {
  return a.creationTimestamp + a.name < b.creationTimestamp + b.name ? -1 : 1;
}
