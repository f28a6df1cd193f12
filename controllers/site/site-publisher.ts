import type { RunStatus } from '../../lib/api/generated/types.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import type { EventInput } from '../../lib/events/event.ts';
import type { Log } from '../../lib/log.ts';
import type { SiteDirectory } from '../../lib/site/directory.ts';
import type { RunFacts, SiteModel } from '../../lib/site/model.ts';
import { allKeys, KeySet, type SiteAlerts, SiteFacts, type SiteStore } from './site-facts.ts';
import { writeSite } from './write-site.ts';

/** From a change to its round: what comes meanwhile is written with it. */
const GATHER_MS = 1_000;
/** From the end of a round to the next one. */
const PACE_MS = 4_000;
/** After one that failed. */
const AGAIN_MS = 60_000;
const FOREIGN_SHOWN = 3;

export interface SitePublisherOptions {
  store: SiteStore;
  directory: SiteDirectory;
  alerts: () => Promise<SiteAlerts>;
  fixed: Pick<SiteModel, 'instance' | 'version' | 'url'>;
  stateDirectory: string;
  /** Between two rounds that look at everything, milliseconds. */
  fullMs: number;
  clock: Clock;
  log: Pick<Log, 'debug'>;
  /** Tells people. */
  event: (event: EventInput) => Promise<void>;
}

/**
 * Keeps the site as the objects are: a round soon after a change, one at a time and not without a pause, and now and then
 * one that looks at every file. What cannot be written is an event, and tried again; nothing else waits for it.
 */
export class SitePublisher {
  readonly #options: SitePublisherOptions;
  readonly #facts: SiteFacts;
  readonly #changed = new KeySet();
  #alerts: SiteAlerts = { openAlerts: [], alerts: [] };
  #areAlertsRead = false;
  #isFull = true;
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #over = false;
  #lastFullMs = Number.NEGATIVE_INFINITY;
  #earliestMs = 0;
  /** What people were told last. */
  #told = '';

  constructor(options: SitePublisherOptions) {
    this.#options = options;
    this.#facts = new SiteFacts(options.store);
  }

  /** An object, or what is shown of it, changed, came or went. */
  changed(key: ObjectKey): void {
    this.#changed.add(key);
    this.#schedule(GATHER_MS);
  }

  /** An alert came. */
  alertsChanged(): void {
    this.#areAlertsRead = false;
    this.#schedule(GATHER_MS);
  }

  /** Everything is looked at soon. */
  start(): void {
    this.#isFull = true;
    this.#schedule(GATHER_MS);
  }

  /** Begins no more rounds, and waits for the one under way. Idempotent. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    await this.#round;
  }

  #schedule(delayMs: number): void {
    if (this.#over || this.#timer !== undefined || this.#round !== undefined) return;
    const { clock } = this.#options;
    const untilPaceMs = this.#earliestMs - clock.monotonicMs();
    this.#timer = clock.after(Math.max(delayMs, untilPaceMs), () => {
      this.#timer = undefined;
      if (!this.#over) this.#round = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { clock, fullMs } = this.#options;
    let nextMs: number | undefined;
    try {
      await this.#publish();
      this.#earliestMs = clock.monotonicMs() + PACE_MS;
      nextMs = fullMs;
    } catch (error) {
      // what was taken in is not written: the next round looks at everything
      this.#isFull = true;
      this.#earliestMs = clock.monotonicMs() + AGAIN_MS;
      nextMs = AGAIN_MS;
      await this.#tell({ type: 'Warning', reason: 'SiteNotWritten', message: this.#failure(error) });
    }
    this.#round = undefined;
    this.#schedule(this.#isWaiting() ? GATHER_MS : nextMs);
  }

  async #publish(): Promise<void> {
    const { clock, store, directory, fullMs, fixed, stateDirectory, log } = this.#options;
    const isOther = (await directory.open()) === 'Other';
    const isFull = this.#isFull || isOther || clock.monotonicMs() - this.#lastFullMs >= fullMs;
    this.#isFull = isFull;
    const keys = this.#changed.take();
    const looked = isFull ? [...keys, ...allKeys(store)] : keys;
    const concerned = this.#facts.refresh(looked);
    if (isFull || !this.#areAlertsRead) await this.#readAlerts();
    if (isFull) await directory.verify();
    directory.trends = this.#facts.trends(directory.trends);
    const model = this.#facts.model(fixed, directory.trends, this.#alerts);
    const outcome = await writeSite({
      directory,
      model,
      runs: this.#runsOf(looked),
      recipes: isFull ? new Set(model.recipes.map(({ recipe }) => recipe)) : concerned,
      statusOf: (name) => (store.shown({ kind: 'Run', name }) ?? {}) as Partial<RunStatus>,
      stateDirectory,
      giveWay: () => new Promise((resolve) => setImmediate(resolve)),
    });
    if (isFull) this.#lastFullMs = clock.monotonicMs();
    this.#isFull = false;
    log.debug('site written', { files: outcome.written });
    await this.#tellOutcome(outcome.foreign);
  }

  async #readAlerts(): Promise<void> {
    this.#areAlertsRead = true;
    this.#alerts = await this.#options.alerts();
  }

  #runsOf(keys: readonly ObjectKey[]): RunFacts[] {
    const names = new Set(keys.flatMap(({ kind, name }) => (kind === 'Run' ? name : [])));
    return [...names].flatMap((name) => this.#facts.run(name) ?? []);
  }

  async #tellOutcome(foreign: readonly string[]): Promise<void> {
    const { directory } = this.#options;
    if (foreign.length > 0) {
      const named = foreign.slice(0, FOREIGN_SHOWN).join(', ');
      const more = foreign.length > FOREIGN_SHOWN ? ` and ${foreign.length - FOREIGN_SHOWN} more` : '';
      const message = `${directory.path}: ${named}${more} were not written by cc-ci and are left as they are. Move them away, or choose another site.directory.`;
      return await this.#tell({ type: 'Warning', reason: 'SiteFilesForeign', message });
    }
    if (this.#told === '') return;
    await this.#tell({ type: 'Normal', reason: 'SiteWritten', message: `${directory.path} is written again` });
    this.#told = '';
  }

  /** Once for the same. */
  async #tell(event: EventInput): Promise<void> {
    if (event.message === this.#told) return;
    this.#told = event.message;
    await this.#options.event(event);
  }

  #failure(error: unknown): string {
    return `the status page in ${this.#options.directory.path} cannot be written: ${explainError(error)}`;
  }

  #isWaiting(): boolean {
    return this.#isFull || !this.#areAlertsRead || !this.#changed.isEmpty;
  }
}
