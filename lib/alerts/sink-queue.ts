import { type Clock, toTime } from '../clock.ts';
import { explainError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type BackOff, backOffMs } from '../runtime/back-off.ts';
import type { Alert, AlertRecord } from './alert.ts';
import type { AlertFiles, DamagedAlert } from './alert-files.ts';
import { boundedText } from './bounded.ts';
import {
  type DeliveryOutcome,
  dueDeliveries,
  isDelivered,
  isDeliveredToAll,
  type SinkName,
  type Trial,
  untilNext,
  withOutcome,
} from './delivery.ts';
import { Nap } from './nap.ts';
import type { Sink } from './sink.ts';

/** One second, doubled up to five minutes; a fifth of it by chance. */
const BACK_OFF: BackOff = { firstMs: 1000, maxMs: 300_000, jitter: 0.2 };
/** Without news the files are looked at so often, milliseconds: somebody may have put one back. */
const RESCAN_MS = 60_000;
/** After so many failures in a row the sink itself is taken to be at fault, and is left in peace for a while. */
const SINK_AT_FAULT = 3;
const MOST_MESSAGE_CHARACTERS = 1000;

export interface SinkQueueOptions {
  sink: Sink;
  /** All that are configured: an alert has been seen once they all have it. */
  sinks: readonly SinkName[];
  files: AlertFiles;
  clock: Clock;
  log: Log;
  /** 0 ≤ random < 1. */
  random: () => number;
  /** Paths of damaged alerts that were logged, by whichever queue. */
  logged: Set<string>;
}

/** Delivers all alerts to one sink, one at a time, each again and again until it is taken. */
export class SinkQueue {
  readonly #options: SinkQueueOptions;
  readonly #signal: AbortSignal;
  readonly #nap: Nap;
  readonly #trials = new Map<string, Trial>();
  /** Delivered by this process, by id, with the time: not sent again where that could not be noted. */
  readonly #sent = new Map<string, string>();
  #sinkFailures = 0;

  constructor(options: SinkQueueOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#nap = new Nap(options.clock, signal);
  }

  /** There is something new. */
  wake(): void {
    this.#nap.wake();
  }

  /** Works until the signal; never fails. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        this.#options.log.warn('alerts are not relayed for the moment', this.#fields(error));
        await this.#nap.takeWhole(this.#backOff(++this.#sinkFailures));
      }
    }
  }

  /** One look at the files, what is due, and the pause after it. */
  async #round(): Promise<void> {
    const { files, sink, clock } = this.#options;
    const { alerts, damaged } = await files.pending();
    this.#logDamage(damaged);
    this.#forgetAllBut(alerts);
    for (const alert of alerts) await this.#settle(alert);
    const owed = alerts.filter((alert) => !isDelivered(alert, sink) && !this.#sent.has(alert.id));
    const isAtFault = await this.#deliverAll(dueDeliveries(owed, this.#trials, clock.monotonicMs()));
    if (isAtFault) return await this.#nap.takeWhole(this.#backOff(++this.#sinkFailures));
    this.#sinkFailures = 0;
    const left = owed.filter(({ id }) => !this.#sent.has(id));
    await this.#nap.take(untilNext(left, this.#trials, { nowMs: clock.monotonicMs(), longest: RESCAN_MS }));
  }

  #logDamage(damaged: readonly DamagedAlert[]): void {
    const { log, logged } = this.#options;
    for (const { path, message } of damaged.filter((one) => !logged.has(one.path))) {
      logged.add(path);
      log.warn('an alert cannot be read and is not relayed', { error: message });
    }
  }

  /** Notes a delivery that could not be noted, and moves what all sinks have: a crash may have come before that. */
  async #settle(alert: AlertRecord): Promise<void> {
    const deliveredTime = this.#sent.get(alert.id);
    const { sink, sinks, files } = this.#options;
    if (deliveredTime !== undefined && !isDelivered(alert, sink)) await this.#note(alert.id, { deliveredTime });
    else if (isDeliveredToAll(alert, sinks)) await files.markSeen(alert.id);
  }

  /** @returns whether the sink itself seems to be at fault. */
  async #deliverAll(due: readonly AlertRecord[]): Promise<boolean> {
    let failures = 0;
    for (const alert of due) {
      if (this.#signal.aborted) return false;
      failures = (await this.#deliver(alert)) ? 0 : failures + 1;
      if (failures >= SINK_AT_FAULT) return true;
    }
    return false;
  }

  async #deliver(alert: AlertRecord): Promise<boolean> {
    const { sink, clock } = this.#options;
    try {
      await sink.deliver(plainAlert(alert), this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) await this.#failed(alert, error);
      return false;
    }
    const deliveredTime = toTime(clock.now());
    this.#sent.set(alert.id, deliveredTime);
    this.#trials.delete(alert.id);
    await this.#note(alert.id, { deliveredTime });
    this.#options.log.info('alert delivered', { alert: alert.id, sink: sink.name });
    return true;
  }

  async #failed(alert: AlertRecord, error: unknown): Promise<void> {
    const { clock, log, sink } = this.#options;
    const failures = (this.#trials.get(alert.id)?.failures ?? 0) + 1;
    this.#trials.set(alert.id, { failures, dueMs: clock.monotonicMs() + this.#backOff(failures) });
    const message = boundedText(explainError(error), MOST_MESSAGE_CHARACTERS);
    const before = alert.deliveries.find((delivery) => delivery.sink === sink.key)?.lastFailure?.message;
    if (message !== before) log.warn('alert not delivered', { ...this.#fields(error), alert: alert.id });
    await this.#note(alert.id, { lastFailure: { time: toTime(clock.now()), message } });
  }

  /** A note that cannot be written is made again in a later round; nothing is sent again for it. */
  async #note(id: string, outcome: DeliveryOutcome): Promise<void> {
    const { files, sink, sinks, log } = this.#options;
    try {
      const after = await files.update(id, (record) => withOutcome(record, sinks, { sink, outcome }));
      if (after !== undefined && isDeliveredToAll(after, sinks)) await files.markSeen(id);
    } catch (error) {
      log.warn('how an alert was delivered cannot be noted', {
        error: explainError(error),
        alert: id,
        sink: sink.name,
      });
    }
  }

  /** What is pending no more is nobody's business here. */
  #forgetAllBut(alerts: readonly Alert[]): void {
    const ids = new Set(alerts.map(({ id }) => id));
    for (const memory of [this.#trials, this.#sent])
      for (const id of memory.keys()) if (!ids.has(id)) memory.delete(id);
  }

  #backOff(failures: number): number {
    return backOffMs(failures, this.#options.random(), BACK_OFF);
  }

  #fields(error: unknown): { error: string; sink: string } {
    return { error: explainError(error), sink: this.#options.sink.name };
  }
}

function plainAlert({ deliveries: _, ...alert }: AlertRecord): Alert {
  return alert;
}
