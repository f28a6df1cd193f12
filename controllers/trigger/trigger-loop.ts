import { Nap } from '../../lib/alerts/nap.ts';
import { explainError } from '../../lib/errors.ts';
import type { TriggerStatus } from '../../lib/forge/trigger-status.ts';
import { Contact } from './contact.ts';
import { createRuns, decideNew } from './decide.ts';
import { Deliveries } from './deliveries.ts';
import { Desk, type DeskOptions } from './desk.ts';
import { cancelNeedless, follow } from './follow.ts';
import { leave, poll } from './poll.ts';
import { pruned } from './prune.ts';
import type { Enrolment, TriggerPass } from './services.ts';

export interface TriggerLoopOptions extends DeskOptions {
  enrolment: Enrolment;
}

/** After a fault of our own, milliseconds. */
const OWN_FAULT_MS = 30_000;

/** The trigger of one repository: a level-triggered loop over its record, the forge, its Runs and its outbox. */
export class TriggerLoop {
  readonly repository: string;
  readonly #options: TriggerLoopOptions;
  readonly #desk: Desk;
  readonly #contact: Contact;
  readonly #deliveries = new Deliveries();
  readonly #stopping = new AbortController();
  readonly #nap: Nap;
  #running: Promise<void> | undefined;
  /** May be another one tomorrow. */
  #enrolment: Enrolment;
  #isRetired = false;
  #hasEnded = false;

  constructor(options: TriggerLoopOptions) {
    this.#options = options;
    this.repository = options.repository;
    this.#enrolment = options.enrolment;
    this.#desk = new Desk(options);
    this.#contact = new Contact(options.services);
    this.#nap = new Nap(options.services.clock, this.#stopping.signal);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** A Run changed: what is to be said of it is looked at; the forge is not asked for news. */
  wake(): void {
    if (this.#desk.hasOpenCommands()) this.#nap.wake();
  }

  /** There may be news: the forge is asked at once. */
  wakePoll(): void {
    this.#contact.hurry();
    this.#nap.wake();
  }

  /** When the forge was asked for news last and gave them, RFC 3339; undefined: not yet. */
  get lastPollTime(): string | undefined {
    return this.#contact.lastPollTime;
  }

  /** Messages that wait, from memory; undefined: it was not looked yet. */
  get depth(): number | undefined {
    return this.#desk.outbox.depth;
  }

  /** Messages that wait. */
  waiting(): Promise<number> {
    return this.#desk.waiting();
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
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#nap.wake();
  }

  /** Nobody's trigger: it is not asked for news. */
  get isRetired(): boolean {
    return this.#isRetired;
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
        pauseMs = await this.round();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        log.warn('a trigger failed', { repository: this.repository, error: explainError(error) });
        this.#desk.forget();
        pauseMs = OWN_FAULT_MS;
      }
      if (!this.#hasEnded) await this.#nap.take(Math.max(0, pauseMs));
    }
  }

  /**
   * One look at all of it: what is new, what follows from it, and what the forge is to be told. For the loop, which makes
   * one after the other. @returns milliseconds until the next one.
   */
  async round(): Promise<number> {
    const pass = await this.#desk.open(this.#enrolment, this.#stopping.signal);
    const isRetired = this.#isRetired;
    if (isRetired && pass.record.enrolled) {
      leave(pass.record);
      await pass.save();
    }
    await this.#contact.poll(pass, async () => {
      if (!isRetired) await poll(pass);
      await takeUp(pass);
    });
    await createRuns(pass);
    await follow(pass);
    let deliverAtMs: number | undefined;
    if (this.#contact.takesMessages)
      await this.#contact.ask(pass, async () => {
        deliverAtMs = await this.#deliveries.round(pass);
      });
    const isIdle = pass.record.commands.every(({ state }) => state === 'Over') && (await this.waiting()) === 0;
    this.#hasEnded = isRetired && this.#isRetired && isIdle;
    await this.#desk.show(await this.#status(pass));
    const nextMs = Math.min(this.#contact.pollDueMs, deliverAtMs ?? Number.POSITIVE_INFINITY);
    return nextMs - this.#options.services.clock.monotonicMs();
  }

  async #status({ record, enrolment }: TriggerPass): Promise<TriggerStatus> {
    const { fault, lastPollTime } = this.#contact;
    return {
      repository: this.repository,
      forge: record.forge,
      canonical: enrolment.canonical,
      state: this.#isRetired ? 'NotEnrolled' : fault === undefined ? 'Watching' : 'Failing',
      ...(fault === undefined ? {} : { reason: fault.reason, message: fault.message }),
      ...(lastPollTime === undefined ? {} : { lastPollTime }),
      commands: record.commands.filter(({ state }) => state !== 'Over').length,
      outbox: await this.waiting(),
    };
  }
}

/** What follows from the news. */
async function takeUp(pass: TriggerPass): Promise<void> {
  await decideNew(pass);
  await createRuns(pass);
  await cancelNeedless(pass);
  const rest = pruned(pass.record);
  if (rest === pass.record) return;
  Object.assign(pass.record, rest);
  await pass.save();
}
