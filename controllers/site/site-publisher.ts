import type { ObjectKey } from '../../lib/api/kinds.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { explainError } from '../../lib/errors.ts';
import type { EventInput } from '../../lib/events/event.ts';
import { giveWay } from '../../lib/give-way.ts';
import type { Log } from '../../lib/log.ts';
import type { SiteDirectory } from '../../lib/site/directory.ts';
import type { RunFacts, SiteModel } from '../../lib/site/model.ts';
import { allKeys, KeySet, type SiteAlerts, SiteFacts, type SiteStore } from './site-facts.ts';
import { writeSite } from './write-site.ts';

/** From a change to its round: what comes meanwhile is written with it. */
const GATHER_MS = 1_000;
/** The first round waits so long at most for the objects to come to rest: it takes in all of them, and they go first. */
const MOST_FIRST_MS = 60_000;
/** From the end of a round to the next one, at least; and so many times as long as the round took, for it has the same thread. */
const PACE_MS = 4_000;
const PACE_FACTOR = 20;
const MOST_PACE_MS = 50_000;
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
  /** False: the state directory is not the one that was locked any more, and nothing may be made in its place. */
  holdsState: () => boolean;
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
  #dueMs = 0;
  #round: Promise<void> | undefined;
  #over = false;
  #lastFullMs = Number.NEGATIVE_INFINITY;
  #startedMs = Number.NEGATIVE_INFINITY;
  #lastChangeMs = Number.NEGATIVE_INFINITY;
  #earliestMs = 0;
  /** What people were told that failed; empty: nothing does. */
  #failure = '';
  /** Files of somebody else that people were told of. */
  #foreign: ReadonlySet<string> = new Set();

  constructor(options: SitePublisherOptions) {
    this.#options = options;
    this.#facts = new SiteFacts(options.store);
  }

  /** An object, or what is shown of it, changed, came or went. */
  changed(key: ObjectKey): void {
    this.#changed.add(key);
    this.#lastChangeMs = this.#options.clock.monotonicMs();
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
    this.#startedMs = this.#options.clock.monotonicMs();
    this.#schedule(GATHER_MS);
  }

  /** Begins no more rounds, and waits for the one under way. Idempotent. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    await this.idle();
  }

  /** Resolves when no round is under way. */
  async idle(): Promise<void> {
    await this.#round;
  }

  #schedule(delayMs: number): void {
    if (this.#over || this.#round !== undefined) return;
    const { clock } = this.#options;
    const dueMs = Math.max(clock.monotonicMs() + delayMs, this.#earliestMs);
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = clock.after(dueMs - clock.monotonicMs(), () => {
      this.#timer = undefined;
      if (this.#isComingToRest()) return this.#schedule(GATHER_MS);
      // A controller whose directory went is about to end.
      if (!this.#over && this.#options.holdsState()) this.#round = this.#run();
    });
  }

  /** The first listing goes on, or objects change one after the other that were in it. */
  #isComingToRest(): boolean {
    const { clock, store } = this.#options;
    const now = clock.monotonicMs();
    const isFirst = this.#lastFullMs === Number.NEGATIVE_INFINITY;
    const isMoving = store.listedAgoMs() === undefined || now - this.#lastChangeMs < GATHER_MS;
    return isFirst && isMoving && now - this.#startedMs < MOST_FIRST_MS;
  }

  async #run(): Promise<void> {
    const { clock, fullMs } = this.#options;
    let nextMs: number | undefined;
    const startedMs = clock.monotonicMs();
    try {
      await this.#publish();
      const tookMs = clock.monotonicMs() - startedMs;
      this.#earliestMs = clock.monotonicMs() + Math.min(Math.max(PACE_MS, PACE_FACTOR * tookMs), MOST_PACE_MS);
      nextMs = fullMs;
    } catch (error) {
      // what was taken in is not written: the next round looks at everything
      this.#isFull = true;
      this.#earliestMs = clock.monotonicMs() + AGAIN_MS;
      nextMs = AGAIN_MS;
      await this.#tellFailure(error);
    } finally {
      await this.#options.directory.close();
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
    const concerned = await this.#facts.refresh(looked);
    if (isFull || !this.#areAlertsRead) await this.#readAlerts();
    if (isFull) await directory.verify();
    const runs = this.#runsOf(looked);
    await giveWay();
    directory.trends = this.#facts.trends(directory.trends, runs);
    const model = this.#facts.model(fixed, directory.trends, this.#alerts);
    const outcome = await writeSite({
      directory,
      model,
      runs,
      recipes: isFull ? new Set(model.recipes.map(({ recipe }) => recipe)) : concerned,
      statusOf: (name) => store.shown({ kind: 'Run', name }),
      stateDirectory,
      afterFile: giveWay,
    });
    if (isFull) this.#lastFullMs = clock.monotonicMs();
    if (isFull) this.#foreign = new Set([...this.#foreign].filter((path) => outcome.foreign.includes(path)));
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

  /** Each file once. */
  async #tellOutcome(foreign: readonly string[]): Promise<void> {
    const { directory, event } = this.#options;
    if (this.#failure !== '')
      await event({ type: 'Normal', reason: 'SiteWritten', message: `${directory.path} is written again` });
    this.#failure = '';
    const fresh = foreign.filter((path) => !this.#foreign.has(path));
    this.#foreign = new Set([...this.#foreign, ...foreign]);
    if (fresh.length === 0) return;
    const more = fresh.length > FOREIGN_SHOWN ? ` and ${fresh.length - FOREIGN_SHOWN} more` : '';
    const message = `${directory.path}: ${fresh.slice(0, FOREIGN_SHOWN).join(', ')}${more} were not written by cc-ci and stay as they are. Move them away, or choose another site.directory.`;
    await event({ type: 'Warning', reason: 'SiteFilesForeign', message });
  }

  /** Once for the same. */
  async #tellFailure(error: unknown): Promise<void> {
    const { directory, event } = this.#options;
    const message = `the status page in ${directory.path} cannot be written: ${explainError(error)}`;
    if (message === this.#failure) return;
    this.#failure = message;
    await event({ type: 'Warning', reason: 'SiteNotWritten', message });
  }

  #isWaiting(): boolean {
    return this.#isFull || !this.#areAlertsRead || !this.#changed.isEmpty;
  }
}
