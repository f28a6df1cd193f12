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
  readonly #options: Omit<AlertRelayOptions, 'sinks'>;
  #stopping = new AbortController();
  #queues: readonly SinkQueue[];
  #state: 'New' | 'Started' | 'Stopped' = 'New';
  #work: Promise<unknown> = Promise.resolve();

  constructor({ sinks, ...options }: AlertRelayOptions) {
    this.#options = options;
    this.#queues = this.#queuesOf(sinks);
  }

  /** Begins with what lies there. Without sinks nothing is done: alerts stay listed. */
  start(): void {
    if (this.#state !== 'New') return;
    this.#state = 'Started';
    this.#run();
  }

  /** From now on these, instead of those of before, whose deliveries are interrupted and made again. */
  use(sinks: readonly Sink[]): void {
    this.#stopping.abort();
    if (this.#state === 'Stopped') return;
    this.#stopping = new AbortController();
    this.#queues = this.#queuesOf(sinks);
    if (this.#state === 'Started') this.#run();
  }

  /** How many there are. */
  get sinks(): number {
    return this.#queues.length;
  }

  /** There is a new alert. */
  wake(): void {
    for (const queue of this.#queues) queue.wake();
  }

  /** Interrupts deliveries and resolves when nothing is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#state = 'Stopped';
    this.#stopping.abort();
    await this.#work;
  }

  #queuesOf(sinks: readonly Sink[]): SinkQueue[] {
    const shared = { ...this.#options, sinks, logged: new Set<string>() };
    return sinks.map((sink) => new SinkQueue({ ...shared, sink }, this.#stopping.signal));
  }

  /** After the queues of before, so that nobody notes the same delivery twice. */
  #run(): void {
    const queues = this.#queues;
    this.#work = this.#work.then(() => Promise.all(queues.map((queue) => queue.run())));
  }
}
