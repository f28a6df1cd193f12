import { dirname } from 'node:path';
import { repeat, type Timer } from '../../lib/clock.ts';
import { fullDisks } from '../../lib/janitor/plan.ts';
import { orWarn } from '../../lib/log.ts';
import { Serial } from '../../lib/serial.ts';
import type { ControllerRequest } from '../../lib/store/request-format.ts';
import { statePaths } from '../../lib/store/state-paths.ts';
import type { EventInput } from '../../lib/store/store.ts';
import { sweepTemps } from '../../lib/store/temp-sweep.ts';
import { sweepTrash } from '../../lib/store/trash.ts';
import { CleanDesk, type CleanDeskOptions } from './clean-desk.ts';
import { type Cleaned, clean } from './cleaner.ts';
import type { CleanServices, CleanSettings } from './observe.ts';

export interface JanitorOptions extends CleanServices, Pick<CleanDeskOptions, 'remove'> {
  specDirectory: string;
  intervalMs: number;
  /** Removes what the processes of apps and commands left in the host's tables; idempotent. */
  sweepHost?: () => void;
  /** Tells people of the controller itself. */
  event(event: EventInput): Promise<void>;
}

/** Mirrors are counted by children of ours: not in each round. Milliseconds of running time. */
const MIRRORS_EVERY_MS = 6 * 3_600_000;

/**
 * Cleans away what nobody needs, at start and every `intervalMs`, and when people ask for it: one at a time, all by
 * {@link clean}. Knows no kind: what kinds have is told by their holdings.
 */
export class Janitor {
  readonly #options: JanitorOptions;
  readonly #desk: CleanDesk;
  readonly #stopping = new AbortController();
  readonly #serial = new Serial();
  #timer: Timer | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #mirrorsAtMs: number | undefined;
  /** Ids of requests that wait here: each listing hands them on once more. */
  readonly #asked = new Set<string>();
  /** A disk that is too full was told of, and is still. */
  #isTold = false;

  constructor(options: JanitorOptions) {
    this.#options = options;
    this.#desk = new CleanDesk({ services: options, remove: options.remove });
  }

  /** Read at each round: a reload may change them. */
  get settings(): CleanSettings {
    return this.#options.settings;
  }

  async start(): Promise<void> {
    await this.#round('Start');
    if (this.#stopping.signal.aborted) return;
    this.#timer = repeat(this.#options.clock, this.#options.intervalMs, () => {
      this.#underWay = this.#round('Later');
      return this.#underWay;
    });
    void this.#attempt(() => this.#desk.answerAll(this.#stopping.signal));
  }

  /** Somebody asks for a clean. Never rejects: what could not be journaled waits in the drop box. */
  async ask(request: ControllerRequest): Promise<void> {
    if (this.#stopping.signal.aborted || this.#asked.has(request.id)) return;
    this.#asked.add(request.id);
    await this.#attempt(async () => {
      await this.#desk.take(request);
      await this.#desk.answerAll(this.#stopping.signal);
    });
    this.#asked.delete(request.id);
  }

  /** Resolves once what is under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.idle();
  }

  /** Resolves once the round that is under way has ended, and what was asked for is answered. */
  async idle(): Promise<void> {
    await this.#underWay;
    await this.#serial.idle();
  }

  async #round(when: 'Start' | 'Later'): Promise<void> {
    const { store, settings, specDirectory, clock } = this.#options;
    const { stateDirectory } = settings;
    const specDirectories = [specDirectory, ...store.list().map(({ path }) => dirname(path))];
    await this.#attempt(() => sweepTemps({ stateDirectory, specDirectories, now: clock.now(), when }));
    await this.#attempt(() => sweepTrash(statePaths(stateDirectory)));
    await this.#attempt(() => this.#clean(when));
    await this.#attempt(async () => this.#options.sweepHost?.());
  }

  /** At start only what a dead controller left: nobody waits for mirrors and images. */
  async #clean(when: 'Start' | 'Later'): Promise<void> {
    const nowMs = this.#options.store.runningMs();
    const isDue = when === 'Later' && nowMs - (this.#mirrorsAtMs ?? Number.NEGATIVE_INFINITY) >= MIRRORS_EVERY_MS;
    if (isDue) this.#mirrorsAtMs = nowMs;
    const depth = when === 'Start' ? 'Claims' : isDue ? 'Whole' : 'Daily';
    const options = { form: 'Clean', occasion: 'Round', depth } as const;
    const cleaned = await clean(this.#options, options, this.#stopping.signal);
    for (const note of cleaned.notes) this.#options.log.debug('janitor', { note });
    await this.#tellOfDisk(cleaned);
  }

  /** Once, until there is room again. */
  async #tellOfDisk({ items, look }: Cleaned): Promise<void> {
    const full = fullDisks(look.seen);
    const isFull = full.length > 0;
    const helped = items.some(({ type, result }) => type === 'Image' && result === 'Removed');
    if (isFull && !helped && !this.#isTold) {
      const percent = look.seen.pruneAbovePercent;
      const message = `the disk of ${full.join(' and ')} is fuller than disk.pruneAbove (${percent}%), and no image can go. Free space; ccctl doctor --clean --dry-run shows what could go.`;
      this.#options.log.warn(message);
      await this.#options.event({ type: 'Warning', reason: 'DiskFull', message });
    }
    this.#isTold = isFull && (this.#isTold || !helped);
  }

  /** One after the other; one of its works that fails does not keep it from the others. */
  async #attempt(work: () => Promise<unknown>): Promise<void> {
    await this.#serial.run('', work).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) orWarn(this.#options.log, 'janitor failed')(error);
    });
  }
}
