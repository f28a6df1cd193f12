import { join } from 'node:path';
import { Nap } from '../../lib/alerts/nap.ts';
import { toTime } from '../../lib/clock.ts';
import { explainError, orNothing } from '../../lib/errors.ts';
import { Account } from '../../lib/forge/account.ts';
import { ForgeFault } from '../../lib/forge/forge.ts';
import { Outbox } from '../../lib/forge/outbox.ts';
import { newTriggerRecord, type TriggerRecord, triggerDirectory } from '../../lib/forge/trigger-record.ts';
import { type TriggerStatus, writeTriggerStatus } from '../../lib/forge/trigger-status.ts';
import type { RecordFiles } from '../../lib/fs/record-files.ts';
import { backOffMs } from '../../lib/runtime/back-off.ts';
import { plainText } from '../../lib/terminal-text.ts';
import { createRuns, decideNew } from './decide.ts';
import { Deliveries } from './deliveries.ts';
import { cancelNeedless, follow } from './follow.ts';
import { leave, poll } from './poll.ts';
import { pruned } from './prune.ts';
import type { Enrolment, TriggerPass, TriggerReason, TriggerServices } from './services.ts';

export interface TriggerLoopOptions {
  services: TriggerServices;
  repository: string;
  records: RecordFiles;
  enrolment: Enrolment;
}

/** However often it is woken, the forge is not asked again within so long, milliseconds. */
const LEAST_PAUSE_MS = 1_000;
/** After a fault of our own, milliseconds. */
const OWN_FAULT_MS = 30_000;

/** The trigger of one repository: a level-triggered loop over its record, the forge, its Runs and its outbox. */
export class TriggerLoop {
  readonly repository: string;
  readonly #options: TriggerLoopOptions;
  readonly #directory: string;
  readonly #outbox: Outbox;
  readonly #deliveries = new Deliveries();
  readonly #stopping = new AbortController();
  readonly #nap: Nap;
  #record: TriggerRecord | undefined;
  #account: Account | undefined;
  #running: Promise<void> | undefined;
  #pollDueMs = 0;
  #lastPollMs = Number.NEGATIVE_INFINITY;
  /** Faults of the forge in a row, and the last of them. */
  #failures = 0;
  #fault: ForgeFault | undefined;
  #lastPollTime: string | undefined;
  #shown = '';
  /** May be another one tomorrow. */
  #enrolment: Enrolment;
  #isRetired = false;
  #hasEnded = false;

  constructor(options: TriggerLoopOptions) {
    const { services, repository, enrolment } = options;
    this.#options = options;
    this.repository = repository;
    this.#enrolment = enrolment;
    this.#directory = triggerDirectory(services.settings.stateDirectory, services.settings.url, repository);
    this.#outbox = new Outbox(this.#directory);
    this.#nap = new Nap(services.clock, this.#stopping.signal);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** A Run changed: what is to be said of it is looked at; the forge is not asked for news. */
  wake(): void {
    if (this.#record?.commands.some(({ state }) => state === 'Accepted')) this.#nap.wake();
  }

  /** There may be news: the forge is asked at once. */
  wakePoll(): void {
    this.#pollDueMs = this.#lastPollMs + LEAST_PAUSE_MS;
    this.#nap.wake();
  }

  /** When the forge was polled last and answered, milliseconds since the epoch; undefined: not yet. */
  lastPollMs(): number | undefined {
    return this.#lastPollTime === undefined ? undefined : Date.parse(this.#lastPollTime);
  }

  /** Messages that wait. */
  async waiting(): Promise<number> {
    return (await this.#outbox.list()).length;
  }

  /** Resolves once nothing is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /**
   * The repository is nobody's trigger any more: what is made meanwhile starts nothing when it comes back. Runs that were
   * asked for are still answered; then the loop ends. `enrol` takes it back.
   */
  retire(): void {
    this.#isRetired = true;
    this.#nap.wake();
  }

  enrol(enrolment: Enrolment): void {
    this.#enrolment = enrolment;
    if (this.#isRetired) this.wakePoll();
    this.#isRetired = false;
  }

  /** Retired, and with nothing left to say. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  async #run(): Promise<void> {
    const { log } = this.#options.services;
    while (!this.#stopping.signal.aborted && !this.#hasEnded) {
      let pauseMs: number;
      try {
        pauseMs = await this.#round();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        log.warn('a trigger failed', { repository: this.repository, error: explainError(error) });
        this.#record = undefined;
        pauseMs = OWN_FAULT_MS;
      }
      await this.#nap.take(Math.max(0, pauseMs));
    }
  }

  /** @returns milliseconds until the next round. */
  async #round(): Promise<number> {
    const { clock } = this.#options.services;
    const pass = await this.#pass();
    if (this.#isRetired && pass.record.enrolled) await this.#leave(pass);
    if (clock.monotonicMs() >= this.#pollDueMs) await this.#asking(pass, () => this.#poll(pass));
    await createRuns(pass);
    await follow(pass);
    let deliverAtMs: number | undefined;
    if (this.#fault === undefined || this.#fault.reason === 'MissingScope')
      await this.#asking(pass, async () => {
        deliverAtMs = await this.#deliveries.round(pass);
      });
    const isIdle = pass.record.commands.every(({ state }) => state === 'Over') && (await this.waiting()) === 0;
    this.#hasEnded = this.#isRetired && isIdle;
    await this.#show(pass);
    return Math.min(this.#pollDueMs, deliverAtMs ?? Number.POSITIVE_INFINITY) - clock.monotonicMs();
  }

  async #asking(pass: TriggerPass, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ForgeFault)) throw error;
      await this.#failed(pass, error);
    }
  }

  async #leave({ record, save }: TriggerPass): Promise<void> {
    leave(record);
    await save();
  }

  async #poll(pass: TriggerPass): Promise<void> {
    const { clock, settings } = this.#options.services;
    this.#lastPollMs = clock.monotonicMs();
    // Before the work: a wake that comes meanwhile makes it due again.
    this.#pollDueMs = this.#lastPollMs + settings.pollIntervalMs;
    if (!this.#isRetired) await poll(pass);
    await decideNew(pass);
    await createRuns(pass);
    await cancelNeedless(pass);
    const rest = pruned(pass.record);
    if (rest !== pass.record) {
      Object.assign(pass.record, rest);
      await pass.save();
    }
    this.#lastPollTime = toTime(clock.now());
    if (this.#fault !== undefined) {
      const message = `the forge answers again; ${this.repository} is watched`;
      await pass.tell({ type: 'Normal', reason: 'ForgeAnswers', message });
    }
    this.#failures = 0;
    this.#fault = undefined;
  }

  async #failed(pass: TriggerPass, fault: ForgeFault): Promise<void> {
    const { clock, random, settings } = this.#options.services;
    this.#failures += 1;
    const before = this.#fault;
    this.#fault = fault;
    const waitMs = Math.max(fault.retryAfterMs ?? 0, Math.min(backOffMs(this.#failures, random()), MOST_BACK_OFF_MS));
    this.#pollDueMs = clock.monotonicMs() + Math.max(waitMs, Math.min(settings.pollIntervalMs, LEAST_PAUSE_MS));
    if (before?.reason === fault.reason) return;
    const message = `${this.repository} cannot be watched: ${fault.message}. It is tried again, and nothing is lost.`;
    await pass.tell({ type: 'Warning', reason: 'ForgeFailing', message });
  }

  async #pass(): Promise<TriggerPass> {
    const { services } = this.#options;
    const record = await this.#read();
    this.#account ??= new Account(services.forge, record.self);
    return {
      services,
      repository: this.repository,
      enrolment: this.#enrolment,
      record,
      outbox: this.#outbox,
      account: this.#account,
      signal: this.#stopping.signal,
      save: () => this.#write(record),
      tell: (event) => this.#tell(event),
    };
  }

  async #tell(event: { type: 'Normal' | 'Warning'; reason: TriggerReason; message: string }): Promise<void> {
    const { store, log } = this.#options.services;
    const level = event.type === 'Warning' ? 'warn' : 'info';
    const { canonical } = this.#enrolment;
    const told = { ...event, message: plainText(event.message) };
    log[level](told.message, { canonical });
    // One that went has no events any more.
    if (store.get({ kind: 'Canonical', name: canonical }))
      await store.event({ kind: 'Canonical', name: canonical }, told);
  }

  get #path(): string {
    return join(this.#directory, 'trigger.json');
  }

  /** What cannot be read is as good as lost: the repository is enrolled anew, and nothing old starts anything. */
  async #read(): Promise<TriggerRecord> {
    const { settings } = this.#options.services;
    this.#record ??=
      (await orNothing(this.#options.records.read<TriggerRecord>(this.#path), 'Damaged')) ??
      newTriggerRecord(settings.url, this.repository);
    return this.#record;
  }

  async #write(record: TriggerRecord): Promise<void> {
    const { canonical, recipe } = this.#enrolment;
    await this.#options.records.write(this.#path, Object.assign(record, { canonical, recipe }));
  }

  async #show({ record }: TriggerPass): Promise<void> {
    const fault = this.#fault;
    const status: TriggerStatus = {
      repository: this.repository,
      forge: record.forge,
      canonical: this.#enrolment.canonical,
      state: this.#isRetired ? 'NotEnrolled' : fault === undefined ? 'Watching' : 'Failing',
      ...(fault === undefined ? {} : { reason: fault.reason, message: fault.message }),
      ...(this.#lastPollTime === undefined ? {} : { lastPollTime: this.#lastPollTime }),
      commands: record.commands.filter((one) => one.state !== 'Over').length,
      outbox: await this.waiting(),
    };
    const text = JSON.stringify(status);
    if (text === this.#shown) return;
    await writeTriggerStatus(this.#directory, status);
    this.#shown = text;
  }
}

const MOST_BACK_OFF_MS = 60_000;
