import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { AlertFiles } from './alert-files.ts';
import type { Sink } from './sink.ts';
import { SinkQueue } from './sink-queue.ts';

export interface AlertRelayOptions {
  files: AlertFiles;
  sinks: readonly Sink[];
  clock: Clock;
  log: Log;
  /** 0 ≤ random < 1. */
  random: () => number;
}

/**
 * Brings every alert file to every sink, each sink in a queue of its own, so that one that hangs holds up no other. At
 * least once: a crash between a delivery and its note delivers once more, with the same id.
 */
export class AlertRelay {
  readonly #queues: readonly SinkQueue[];
  readonly #stopping = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor({ sinks, ...options }: AlertRelayOptions) {
    const shared = { ...options, sinks, logged: new Set<string>() };
    this.#queues = sinks.map((sink) => new SinkQueue({ ...shared, sink }, this.#stopping.signal));
  }

  /** Begins with what lies there. Without sinks nothing is done: alerts stay listed. */
  start(): void {
    this.#running ??= Promise.all(this.#queues.map((queue) => queue.run()));
  }

  /** There is a new alert. */
  wake(): void {
    for (const queue of this.#queues) queue.wake();
  }

  /** Interrupts deliveries and resolves when nothing is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}
