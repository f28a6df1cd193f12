import { toTime } from '../../lib/clock.ts';
import { ForgeFault } from '../../lib/forge/forge.ts';
import { backOffMs } from '../../lib/runtime/back-off.ts';
import type { TriggerPass, TriggerServices } from './services.ts';

/** However often it is woken, the forge is not asked again within so long, milliseconds. */
const LEAST_PAUSE_MS = 1_000;
const MOST_BACK_OFF_MS = 60_000;

type ContactOptions = Pick<TriggerServices, 'clock' | 'settings' | 'random'>;

/** How it stands with the forge, for one repository: when it is asked next, and what it failed with. */
export class Contact {
  readonly #options: ContactOptions;
  #pollDueMs = 0;
  #lastPollMs = Number.NEGATIVE_INFINITY;
  /** In a row. */
  #failures = 0;
  #fault: ForgeFault | undefined;
  #lastPollTime: string | undefined;

  constructor(options: ContactOptions) {
    this.#options = options;
  }

  /** What it failed with last, while it fails. */
  get fault(): ForgeFault | undefined {
    return this.#fault;
  }

  /** Reading of the monotonic clock at which it is asked for news next. */
  get pollDueMs(): number {
    return this.#pollDueMs;
  }

  /** When it was asked for news last, and gave them; RFC 3339. */
  get lastPollTime(): string | undefined {
    return this.#lastPollTime;
  }

  /** Whether messages may be brought: what only the token may not do keeps nothing else from it. */
  get takesMessages(): boolean {
    return this.#fault === undefined || this.#fault.reason === 'MissingScope';
  }

  /** There may be news. A forge that named a time is left in peace until then. */
  hurry(): void {
    if (this.#fault?.retryAfterMs !== undefined) return;
    this.#pollDueMs = Math.min(this.#pollDueMs, this.#lastPollMs + LEAST_PAUSE_MS);
  }

  /** Asks for news where that is due; a fault of the forge is noted, and told once. */
  async poll(pass: TriggerPass, work: () => Promise<void>): Promise<void> {
    const { clock, settings } = this.#options;
    if (clock.monotonicMs() < this.#pollDueMs) return;
    this.#lastPollMs = clock.monotonicMs();
    // Before the work: a wake that comes meanwhile makes it due again.
    this.#pollDueMs = this.#lastPollMs + settings.pollIntervalMs;
    await this.ask(pass, async () => {
      await work();
      await this.#answered(pass);
    });
  }

  /** Does something with the forge; a fault of it is noted, and told once. */
  async ask(pass: TriggerPass, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ForgeFault)) throw error;
      if (!pass.signal.aborted) await this.#failed(pass, error);
    }
  }

  async #answered({ repository, tell }: TriggerPass): Promise<void> {
    this.#lastPollTime = toTime(this.#options.clock.now());
    this.#failures = 0;
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    await tell({
      type: 'Normal',
      reason: 'ForgeAnswers',
      message: `the forge answers again; ${repository} is watched`,
    });
  }

  async #failed({ repository, tell }: TriggerPass, fault: ForgeFault): Promise<void> {
    const { clock, random } = this.#options;
    this.#failures += 1;
    const before = this.#fault;
    this.#fault = fault;
    const backOff = Math.min(backOffMs(this.#failures, random()), MOST_BACK_OFF_MS);
    this.#pollDueMs = clock.monotonicMs() + Math.max(fault.retryAfterMs ?? 0, backOff);
    if (before?.reason === fault.reason) return;
    const message = `${repository} cannot be watched: ${fault.message}. It is tried again, and nothing is lost.`;
    await tell({ type: 'Warning', reason: 'ForgeFailing', message });
  }
}
