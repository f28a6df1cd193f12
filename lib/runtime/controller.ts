import { type Kind, keyText, type ObjectKey } from '../api/kinds.ts';
import type { Clock } from '../clock.ts';
import { CcError, explainError, TerminalError } from '../errors.ts';
import type { Log } from '../log.ts';
import { DamagedRecord } from '../store/damaged-record.ts';
import type { ObjectStore, StoredObject } from '../store/store.ts';
import { backOffMs } from './back-off.ts';
import { showDamage } from './damage.ts';
import { Interrupted, type Outcome, type Priority, type Reconciler, Shutdown } from './reconciler.ts';
import { RetryMemory } from './retry-memory.ts';
import { type QueueTurn, type Waiting, WorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  store: Pick<ObjectStore, 'get' | 'projectStatus' | 'event'>;
  reconciler: Reconciler;
  clock: Clock;
  log: Log;
  /** 0 ≤ random() < 1. */
  random: () => number;
  /** Told of each pass that ended; must not throw. Default: nobody is. */
  onPass?: ((pass: EndedPass) => void) | undefined;
}

/** How a pass ended. `Stalled`: not tried again by itself; `Interrupted`: the object changed; `Dropped`: the controller stops. */
export type PassResult = 'Done' | 'Requeued' | 'Failed' | 'Stalled' | 'Interrupted' | 'Dropped';

/** A pass that ended. */
export interface EndedPass {
  kind: Kind;
  result: PassResult;
  durationMs: number;
}

interface RunningPass {
  started: StoredObject;
  abort: AbortController;
}

/** The loop of one kind: takes a key, lets the reconciler look at it, and sees to it that it comes back. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #retries = new RetryMemory();
  readonly #passes = new Map<string, RunningPass>();
  #stopping = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      concurrency: options.reconciler.concurrency,
      clock: options.clock,
      work: (name, turn) => this.#look(name, turn),
      onAgain: (name) => this.#interruptWhereNeeded(name),
    });
  }

  get kind(): Kind {
    return this.#options.reconciler.kind;
  }

  /** Looks at the object soon. Idempotent while it waits. */
  enqueue(name: string, priority: Priority = 'Change'): void {
    this.#queue.add(name, priority);
  }

  /** Looks at the object after `delayMs`; does not shorten a back-off. */
  resync(name: string, delayMs: number): void {
    if (!this.#retries.has(name)) this.#queue.addAfter(name, delayMs, 'Resync');
  }

  /** What waits to be looked at. */
  waiting(): Waiting {
    return this.#queue.waiting();
  }

  isIdle(): boolean {
    return this.#queue.isIdle();
  }

  /** Resolves once nothing waits and nothing is under work; delayed looks do not count. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /**
   * Takes no more keys, trips every pass with {@link Shutdown} and waits up to `graceMs` for them.
   * @returns the keys whose passes did not end in time. Idempotent.
   */
  async stop(graceMs: number): Promise<ObjectKey[]> {
    this.#stopping = true;
    this.#queue.close();
    for (const pass of this.#passes.values()) pass.abort.abort(new Shutdown('the controller stops'));
    await this.#withinGrace(graceMs);
    return this.#queue.underWork().map((name) => ({ kind: this.kind, name }));
  }

  #withinGrace(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(graceMs, resolve);
      void this.#queue.idle().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #look(name: string, turn: QueueTurn): Promise<void> {
    const object = this.#options.store.get({ kind: this.kind, name });
    if (!object) return this.#retries.forget(name);
    if (this.#retries.look(name, object).terminal) return;
    const pass = { started: object, abort: new AbortController() };
    this.#passes.set(name, pass);
    const startedMs = this.#options.clock.monotonicMs();
    let result: PassResult = 'Dropped';
    try {
      result = this.#settle(name, await this.#reconcile(name, pass, turn));
    } catch (error) {
      result = await this.#failed(name, pass, error);
    } finally {
      this.#passes.delete(name);
      const durationMs = this.#options.clock.monotonicMs() - startedMs;
      this.#options.onPass?.({ kind: this.kind, result, durationMs });
    }
  }

  async #reconcile(name: string, pass: RunningPass, turn: QueueTurn): Promise<Outcome> {
    const outcome: Outcome | undefined = await this.#options.reconciler.reconcile(
      { kind: this.kind, name },
      { signal: pass.abort.signal, leavePool: turn.leavePool },
    );
    if (outcome) return outcome;
    throw new CcError('Internal', `the ${this.kind} reconciler ended a pass without an outcome`);
  }

  #settle(name: string, outcome: Outcome): PassResult {
    this.#retries.forget(name);
    switch (outcome.outcome) {
      case 'Done':
        return 'Done';
      case 'Requeue':
        this.#queue.addAfter(name, outcome.afterMs);
        return 'Requeued';
    }
  }

  async #failed(name: string, pass: RunningPass, thrown: unknown): Promise<PassResult> {
    const { signal } = pass.abort;
    if (signal.reason instanceof Interrupted) {
      this.#queue.add(name);
      return 'Interrupted';
    }
    if (signal.aborted || this.#stopping) return 'Dropped';
    const error = thrown instanceof Error ? thrown : new CcError('Internal', `a pass threw ${String(thrown)}`);
    const terminal = error instanceof TerminalError;
    const failures = this.#retries.failed(name, pass.started, terminal);
    const retryInMs = terminal ? undefined : backOffMs(failures, this.#options.random());
    this.#logFailure(name, error, { failures, retryInMs });
    const retry = retryInMs === undefined ? {} : { retryInMs, retryAt: this.#options.clock.now() + retryInMs };
    await this.#show(name, { error, terminal, failures, ...retry });
    if (retryInMs === undefined) return 'Stalled';
    this.#queue.addAfter(name, retryInMs);
    return 'Failed';
  }

  async #show(name: string, failure: Parameters<Reconciler['failed']>[1]): Promise<void> {
    const key = { kind: this.kind, name };
    const { store, reconciler, clock } = this.#options;
    try {
      if (failure.error instanceof DamagedRecord) await showDamage({ store, clock, key, error: failure.error });
      else await reconciler.failed(key, failure);
    } catch (error) {
      this.#options.log.error('cannot show a failed pass', { object: keyText(key), error: explainError(error) });
    }
  }

  #logFailure(name: string, error: Error, fields: { failures: number; retryInMs: number | undefined }): void {
    const object = keyText({ kind: this.kind, name });
    const text = fields.retryInMs === undefined ? 'reconcile stalled' : 'reconcile failed, will retry';
    this.#options.log.warn(text, { object, error: explainError(error), ...fields });
  }

  #interruptWhereNeeded(name: string): void {
    const pass = this.#passes.get(name);
    if (!pass || pass.abort.signal.aborted) return;
    if (this.#mustStop(name, pass.started)) {
      pass.abort.abort(new Interrupted(`${keyText({ kind: this.kind, name })} changed`));
    }
  }

  #mustStop(name: string, started: StoredObject): boolean {
    const key = { kind: this.kind, name };
    try {
      return this.#options.reconciler.interrupts(started, this.#options.store.get(key));
    } catch (error) {
      this.#options.log.error('cannot tell whether a pass must stop', {
        object: keyText(key),
        error: explainError(error),
      });
      return false;
    }
  }
}
