import { join } from 'node:path';
import type { ControllerFile } from '../lib/cli/presence.ts';
import { type Clock, repeat, type Timer, toTime } from '../lib/clock.ts';
import { replaceFile } from '../lib/store/replace-file.ts';
import type { PendingChanges } from './config-changes.ts';

/** Between two heartbeats, milliseconds. */
const HEARTBEAT_MS = 5_000;

export type HeartbeatFacts = Omit<ControllerFile, 'heartbeat' | 'startTime' | 'stopTime' | keyof PendingChanges>;

/**
 * Writes `<state>/controller.json` for `ccctl`, now and every five seconds; information, never proof. Nothing waits for the
 * disk: after a power cut no controller runs, whatever the file says.
 */
export class Heartbeat {
  readonly #facts: HeartbeatFacts;
  readonly #clock: Clock;
  readonly #startTime: string;
  readonly #onFault: (error: unknown) => void;
  readonly #changes: () => Promise<PendingChanges>;
  #pending: PendingChanges = {};
  #timer: Timer | undefined;
  #stopped = false;

  /** @param changes the fields of the configuration that a restart or a reload would change, looked for at each beat. */
  constructor(
    facts: HeartbeatFacts,
    clock: Clock,
    onFault: (error: unknown) => void,
    changes: () => Promise<PendingChanges> = async () => ({}),
  ) {
    this.#changes = changes;
    this.#facts = facts;
    this.#clock = clock;
    this.#startTime = toTime(clock.now());
    this.#onFault = onFault;
  }

  async start(): Promise<void> {
    await this.#write({});
    if (!this.#stopped) this.#timer = repeat(this.#clock, HEARTBEAT_MS, () => this.#beat().catch(this.#onFault));
  }

  /** Writes nothing more. Idempotent. */
  cancel(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Leaves a last record that says that the controller stopped on purpose. */
  async stop(): Promise<void> {
    this.cancel();
    await this.#write({ stopTime: toTime(this.#clock.now()) });
  }

  /** A sign of life whether or not the configuration can be looked at. */
  async #beat(): Promise<void> {
    this.#pending = await this.#changes().catch((error: unknown) => {
      this.#onFault(error);
      return this.#pending;
    });
    if (!this.#stopped) await this.#write({});
  }

  async #write(extra: Record<string, string>): Promise<void> {
    const times = { startTime: this.#startTime, heartbeat: toTime(this.#clock.now()), ...extra };
    const record = { ...this.#facts, ...this.#pending, ...times };
    await replaceFile(join(this.#facts.stateDirectory, 'controller.json'), `${JSON.stringify(record, null, 1)}\n`);
  }
}
