import type { Clock } from '../clock.ts';
import { cutAtDeadline } from '../deadline.ts';
import { CcError, explainError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Waiting } from '../runtime/work-queue.ts';

/** Passes in the pool await no longer than a second: a queue that moves so slowly is stuck. Milliseconds. */
const STUCK_MS = 120_000;
/** Listings come every two seconds; ten thousand files take a few. Milliseconds. */
const UNLISTED_MS = 120_000;

/** What the loop says of itself. */
export interface LoopFacts {
  waiting: ReadonlyMap<string, Waiting>;
  /** How long ago the specs were listed last; undefined: not yet. */
  listedAgoMs: number | undefined;
}

/** The same, with what is no fault of the loop. */
export interface ListingFacts extends LoopFacts {
  /** The last listing was complete; undefined: there was none. */
  complete: boolean | undefined;
}

/** Why the loop does not go on, one sentence without a full stop for each fault; empty while it lives. Pure. */
export function loopFaults({ waiting, listedAgoMs }: LoopFacts): string[] {
  const stuck = [...waiting].filter(([, { depth, oldestMs, takenAgoMs = Number.POSITIVE_INFINITY }]) => {
    return depth > 0 && oldestMs > STUCK_MS && takenAgoMs > STUCK_MS;
  });
  const faults = stuck.map(([kind, { oldestMs }]) => {
    return `nothing was taken from the queue of kind ${kind}, in which an object has waited for ${seconds(oldestMs)}`;
  });
  if (listedAgoMs !== undefined && listedAgoMs > UNLISTED_MS)
    faults.push(`the directory of specs was last listed ${seconds(listedAgoMs)} ago`);
  return faults;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** Where the controller stands between its start and its end. */
export type Standing = 'Starting' | 'Started' | 'Stopping';

const PROBE_MS = 5_000;
/** However often it is asked, the platform is asked no more often, milliseconds. */
const KEPT_MS = 5_000;

export interface ReadinessOptions {
  /** Asks the platform something small. @throws where it does not answer. */
  probe: (signal: AbortSignal) => Promise<unknown>;
  clock: Clock;
  log: Log;
}

/** Whether the controller can do its work: the first listing is done, and the platform answers. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #standing: Standing = 'Starting';
  #last: { atMs: number; fault: string | undefined } | undefined;
  #asking: Promise<string | undefined> | undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** The controller has come so far. */
  note(standing: Standing): void {
    this.#standing = standing;
  }

  /** Why it is not ready, one sentence without a full stop; undefined: it is. An answer holds for five seconds. */
  async fault(): Promise<string | undefined> {
    if (this.#standing === 'Starting') return 'the first listing of the specs is not done yet';
    if (this.#standing === 'Stopping') return 'the controller stops';
    const { clock } = this.#options;
    if (this.#last !== undefined && clock.monotonicMs() - this.#last.atMs < KEPT_MS) return this.#last.fault;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  async #ask(): Promise<string | undefined> {
    const { probe, clock, log } = this.#options;
    const late = (): CcError => new CcError('DeadlineExceeded', `no answer within ${PROBE_MS} ms`);
    let fault: string | undefined;
    try {
      await cutAtDeadline({ clock, deadlineMs: PROBE_MS, late }, async (signal) => await probe(signal));
    } catch (error) {
      const code = error instanceof CcError ? error.code : 'Internal';
      fault = `the platform does not answer (${code}); the log says more`;
      if (this.#last?.fault !== fault)
        log.warn('not ready: the platform does not answer', { error: explainError(error) });
    }
    this.#last = { atMs: clock.monotonicMs(), fault };
    return fault;
  }
}
