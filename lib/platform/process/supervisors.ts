import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { CcError, explainError } from '../../errors.ts';
import type { Child, ChildEnd } from '../../exec/child.ts';
import { supervisorAlive } from './observation.ts';
import { readRecord, type SupervisorRecord } from './supervisor/supervisor-record.ts';

/** A supervisor that has not taken over after so many milliseconds is given up. */
const TAKEOVER_MS = 30_000;
/** Between two looks at a supervisor that another controller started: nothing tells of its end. Milliseconds. */
const POLL_MS = 20;

export interface Takeover {
  child: Child;
  token: string;
  paths: { record: string; supervisorLog: string };
  /** Whose supervisor it is, for people. */
  what: string;
  signal: AbortSignal;
}

/**
 * The supervisors that this controller started, by their handles: each tells once that it has taken over, and the system
 * tells when it ends. One that a controller before left running has no handle any more and is looked at again and again.
 */
export class Supervisors {
  readonly #clock: Clock;
  /** Ends of those that still live, by token. */
  readonly #ends = new Map<string, Promise<ChildEnd>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves once the supervisor says that it has taken over, and its record shows it.
   * @throws CcError `Unreachable` where it ends before, or says nothing for half a minute; what the signal says.
   */
  async takenOver({ child, token, paths, what, signal }: Takeover): Promise<void> {
    this.#ends.set(token, child.ended);
    void child.ended.then(() => this.#ends.delete(token));
    const end = await this.#firstWord(child, signal);
    const record = await readRecord(paths.record);
    if (record?.token === token && record.supervisor) return;
    const refused = end?.how === 'NotStarted' ? explainError(end.error) : undefined;
    const words = refused ?? (await readFile(paths.supervisorLog, 'utf8')).trim().slice(-500);
    throw new CcError('Unreachable', `${what} did not start${words ? `: ${words}` : ''}`);
  }

  /**
   * Asks the supervisors of these records to end, and waits until they have or the time is over.
   * @throws what the signal says.
   */
  async end(
    records: readonly (SupervisorRecord | undefined)[],
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const alive: SupervisorRecord[] = [];
    for (const record of records) if (record && (await supervisorAlive(record))) alive.push(record);
    if (alive.length === 0) return;
    for (const record of alive) terminate(record);
    await this.#within(deadlineMs, signal, (over) => Promise.all(alive.map((record) => this.#ended(record, over))));
  }

  /** How it ended, where it did so before it said anything; undefined: it spoke, or had its time. */
  async #firstWord({ told, ended }: Child, signal: AbortSignal): Promise<ChildEnd | undefined> {
    // One that closed its handle without a word is about to end.
    const word = told.then((how) => (how === 'Told' ? undefined : ended));
    return await this.#within(TAKEOVER_MS, signal, () => Promise.race([ended, word]));
  }

  async #ended(record: SupervisorRecord, over: AbortSignal): Promise<void> {
    const ended = this.#ends.get(record.token);
    if (ended !== undefined) await ended;
    else
      while (!over.aborted && (await supervisorAlive(record))) await this.#clock.sleep(POLL_MS, over).catch(() => {});
  }

  /** What `work` gives; undefined where the time was over first. @throws what the signal says. */
  async #within<T>(ms: number, signal: AbortSignal, work: (over: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const late = this.#clock.sleep(ms, both).catch(() => signal.throwIfAborted());
    try {
      return await Promise.race([work(both), late.then(() => undefined)]);
    } finally {
      over.abort();
    }
  }
}

function terminate(record: SupervisorRecord): void {
  try {
    if (record.supervisor) process.kill(record.supervisor.pid, 'SIGTERM');
  } catch {
    // It ended in this moment.
  }
}
