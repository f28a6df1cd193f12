import { canonicalInForce } from '../../lib/app/enrolment.ts';
import { type Clock, repeat, type Timer } from '../../lib/clock.ts';
import { type Log, orWarn } from '../../lib/log.ts';
import type { ObjectStore } from '../../lib/store/store.ts';

export interface ForgelessOptions {
  store: Pick<ObjectStore, 'list' | 'event'>;
  clock: Clock;
  log: Log;
}

const LOOK_MS = 30_000;

/** Where no forge is configured: says of every Canonical with a trigger that nothing listens to it, once. */
export class ForgelessTriggers {
  readonly #options: ForgelessOptions;
  readonly #told = new Set<string>();
  #timer: Timer | undefined;

  constructor(options: ForgelessOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = repeat(this.#options.clock, LOOK_MS, async () => this.look());
    this.look();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** One look at all Canonicals. */
  look(): void {
    const { store, log } = this.#options;
    for (const object of store.list('Canonical')) {
      const repository = canonicalInForce(object)?.trigger?.repository;
      if (repository === undefined || this.#told.has(object.uid)) continue;
      this.#told.add(object.uid);
      const message = `pull requests of ${repository} start nothing: the configuration names no forge. Set forge.url and forge.tokenFile, and start the controller again.`;
      log.warn(message, { canonical: object.name });
      const event = { type: 'Warning', reason: 'NoForge', message } as const;
      void store
        .event({ kind: 'Canonical', name: object.name }, event)
        .catch(orWarn(log, 'an event could not be written'));
    }
  }
}
