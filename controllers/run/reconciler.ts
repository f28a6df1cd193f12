import { parseDuration } from '../../lib/api/duration.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import { runDirectoryName } from '../../lib/app/domain.ts';
import { maskErrorBy } from '../../lib/checks/mask-error.ts';
import { explainError, hasCode } from '../../lib/errors.ts';
import { readProgress } from '../../lib/run-record/progress.ts';
import { readResolved } from '../../lib/run-record/resolved.ts';
import { Decisions } from '../../lib/runtime/decisions.ts';
import {
  done,
  Interrupted,
  type Outcome,
  type Pass,
  type PassFailure,
  type Reconciler,
  requeueAfter,
  Shutdown,
} from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { performRunAction } from './actions.ts';
import { retryWaitMs } from './cold-run.ts';
import { runStatus } from './conditions.ts';
import { nextStep, remainingMs } from './deadline.ts';
import { finishRun } from './finish.ts';
import { newJournal, type RunJournal } from './journal.ts';
import { journalOf, saveRun } from './journal-of.ts';
import { nextActionOf } from './next-action.ts';
import { maskOf, type RunPass, runDirectories } from './pass.ts';
import { planRun, type RunAction, type RunFacts } from './plan.ts';
import { handleRequests } from './requests.ts';
import type { RunServices } from './services.ts';
import { Slots } from './slots.ts';
import { runRefusal, runSpec } from './spec-changes.ts';
import { deadlineOf } from './stage-runner.ts';
import { diskFault } from './steps/disk-floor.ts';
import { holdMs, startIn, timeoutsOf } from './steps/timeouts.ts';

/** Tests one ref of a recipe, once. */
export class RunReconciler implements Reconciler {
  readonly kind = 'Run';
  readonly concurrency = 8;
  readonly #services: RunServices;
  readonly #slots: Slots;
  /** What a waiting run waits for, for people; lost on a restart and found again by the next look. */
  readonly #waiting = new Map<string, string>();
  readonly #failures = new Map<string, PassFailure>();
  readonly #decisions: Decisions;

  constructor(services: RunServices) {
    this.#services = services;
    this.#decisions = new Decisions(services.store);
    this.#slots = new Slots(services.settings.maxRuns);
  }

  /** Reads the journals of all runs, so that slots are known before the first pass. To be awaited once at start. */
  async load(): Promise<void> {
    for (const object of this.#services.store.list('Run')) this.#note(object, await this.#journalOf(object));
  }

  /** One that cannot be read holds no slot, and may own something: its run stalls, the others go on. */
  async #journalOf(object: StoredObject): Promise<RunJournal> {
    const { store, session, settings } = this.#services;
    const runDirectory = runDirectories(settings.stateDirectory, object).root;
    try {
      return await journalOf(store, keyOf(object), { session, runDirectory });
    } catch (error) {
      if (!hasCode(error, 'Damaged')) throw error;
      return { ...newJournal(session), step: 'Ended', tornDown: false };
    }
  }

  /**
   * Journals in every attempt under way that this process stopped on purpose, so that the next one counts no crash. To
   * be called once all passes have ended.
   */
  async markStopped(): Promise<void> {
    const { store, session } = this.#services;
    for (const object of store.list('Run')) {
      const journal = await this.#journalOf(object);
      if (journal.step !== 'Testing' || journal.session !== session) continue;
      await store.writeJournal(keyOf(object), { ...journal, stoppedGracefully: true });
    }
  }

  /** True while the run has claims, an app or a running attempt: the mass guard counts it. */
  owns(uid: string): boolean {
    return this.#slots.isBusy(uid);
  }

  async reconcile(key: ObjectKey, pass: Pass): Promise<Outcome> {
    const object = this.#services.store.get(key);
    if (!object) return done;
    const run = await this.#open(object, pass);
    await handleRequests(run);
    await this.#judgeSpec(run);
    run.object = this.#services.store.get(key) ?? object;
    run.holdOnFailureMs = holdMs(runSpec(run.object));
    const facts = await this.#facts(run);
    const action = this.#admit(object, planRun(facts));
    await this.#decisions.note(object, { inputs: facts, action });
    let outcome: Outcome;
    try {
      await this.#project(run, action, facts);
      outcome = await performRunAction(run, action, {
        remainingMs: remainingMs(facts),
        waitedFor: this.#waiting.get(object.uid),
        waiting: (text) => this.#waits(object.uid, text),
        decide: (inputs, next) => this.#decisions.note(object, { planner: 'Promotion', inputs, action: next }),
      });
    } catch (error) {
      outcome = await this.#cutOff(run, error);
    }
    this.#failures.delete(object.uid);
    await this.#close(run, facts);
    return outcome;
  }

  interrupts(started: StoredObject, now: StoredObject | undefined): boolean {
    if (!now || now.uid !== started.uid) return true;
    const goes = (object: StoredObject): boolean =>
      object.deletion?.state === 'Started' || object.requests.some((request) => request.verb === 'cancel');
    return goes(now) && !goes(started);
  }

  async failed(key: ObjectKey, failure: PassFailure): Promise<void> {
    const { store, log } = this.#services;
    const object = store.get(key);
    if (!object) return;
    this.#failures.set(object.uid, failure);
    const reason = failure.terminal ? 'Stalled' : 'PassFailed';
    try {
      if (failure.failures === 1)
        await store.event(key, { type: 'Warning', reason, message: explainError(failure.error) });
      const run = await this.#open(object, { signal: new AbortController().signal, leavePool: () => {} });
      await this.#project(run, undefined, await this.#facts(run));
    } catch (error) {
      log.error('cannot show a failed pass', { run: key.name, error: explainError(error) });
    }
  }

  async #open(object: StoredObject, pass: Pass): Promise<RunPass> {
    const { store, settings, session } = this.#services;
    const key = keyOf(object);
    const directories = runDirectories(settings.stateDirectory, object);
    const journal = await journalOf(store, key, { session, runDirectory: directories.root });
    const frozen = await this.#readable(readResolved(directories.root));
    const run: RunPass = {
      services: this.#services,
      object,
      journal,
      progress: journal.progress ?? (await this.#readable(readProgress(directories.root))),
      ...(journal.progress === undefined ? {} : { shown: JSON.stringify(journal.progress) }),
      frozen,
      directories,
      holdOnFailureMs: holdMs(runSpec(object)),
      pass,
      save: () => saveRun(run),
      finish: () => finishRun(run),
    };
    return run;
  }

  /** An edit after the start is in force where it changes only what may change; else as a whole it is not. */
  async #judgeSpec({ object, journal, frozen }: RunPass): Promise<void> {
    const { store } = this.#services;
    const now = store.get(keyOf(object)) ?? object;
    const refusal = runRefusal(now, { started: journal.attempts.length > 0, frozen });
    if (refusal) await store.refuse(now, refusal);
    else await store.accept(now);
  }

  /** A record of an attempt that cannot be read is as good as none: the attempt is given up, the run goes on. */
  async #readable<T>(record: Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await record;
    } catch (error) {
      if (!hasCode(error, 'Damaged')) throw error;
      this.#services.log.warn('a record of a run cannot be read', { error: explainError(error) });
      return undefined;
    }
  }

  async #facts(run: RunPass): Promise<RunFacts> {
    const { clock, store, session } = this.#services;
    const { object, journal, progress, frozen } = run;
    const spec = runSpec(object);
    const { stage, step } = nextStep(run);
    const timeouts = timeoutsOf(spec, frozen, startIn(stage, journal.memory));
    const kinds = {
      Deploy: timeouts.deploy,
      Health: timeouts.health,
      Test: timeouts.test,
      Total: timeouts.total,
    } as const;
    this.#note(object, journal);
    const { progress: _kept, ...bare } = journal;
    return {
      journal: bare,
      progress,
      session,
      now: clock.now(),
      monotonicMs: clock.monotonicMs(),
      runningMs: store.runningMs(),
      suspended: spec.suspend || object.suspended,
      deletion: object.deletion?.state ?? 'None',
      queue: await this.#queue(object),
      timeouts: { totalMs: timeouts.total, stepMs: kinds[deadlineOf(stage, step)], teardownMs: timeouts.teardown },
      holdOnFailureMs: run.holdOnFailureMs,
      ttlAfterFinishedMs: parseDuration(spec.ttlAfterFinished),
      created: object.source === 'State',
    };
  }

  /** A slot that was free when the facts were read may have been taken since. */
  #admit({ uid }: StoredObject, action: RunAction): RunAction {
    if (action.type !== 'StartAttempt' || this.#slots.take(uid)) return action;
    return { type: 'WaitForSlot', position: Math.max(1, this.#slots.position(uid)), reason: 'RunSlots' };
  }

  async #queue(object: StoredObject): Promise<{ position: number; reason: string }> {
    if (await diskFault(this.#services.settings)) return { position: 1, reason: 'DiskFloor' };
    return { position: this.#slots.position(object.uid), reason: 'RunSlots' };
  }

  /** An interrupt or a stop in mid-step: the stage is left as it is, and who comes next knows why. */
  async #cutOff(run: RunPass, error: unknown): Promise<Outcome> {
    const { signal } = run.pass;
    if (signal.aborted && signal.reason instanceof Shutdown) return done;
    if (signal.aborted && signal.reason instanceof Interrupted) return requeueAfter(0, 'Interrupted');
    throw await maskErrorBy(error, maskOf(run));
  }

  async #close(run: RunPass, facts: RunFacts): Promise<void> {
    const { store, enqueue } = this.#services;
    const { object, journal } = run;
    const still = store.get(keyOf(object));
    const freed = still ? this.#note(object, journal) : this.#slots.remove(object.uid);
    if (freed) for (const name of this.#slots.waiting()) enqueue({ kind: 'Run', name });
    if (still) return this.#project(run, undefined, facts);
    for (const memory of [this.#waiting, this.#failures]) memory.delete(object.uid);
    this.#decisions.forget(object.uid);
  }

  async #project(run: RunPass, action: RunAction | undefined, facts: RunFacts): Promise<void> {
    const { store, settings, clock } = this.#services;
    const { object, journal, progress, frozen } = run;
    const waits = journal.step === 'Pending' && !facts.suspended && facts.queue.position > 0;
    const next = action ?? planRun({ ...facts, journal, progress });
    const status = runStatus({
      object: store.get(keyOf(object)) ?? object,
      journal,
      progress,
      frozen,
      platform: settings.platformKind,
      artifacts: `runs/${runDirectoryName(object.name, object.uid)}`,
      queue: waits ? facts.queue : undefined,
      suspended: facts.suspended && journal.step === 'Pending',
      next: nextActionOf({
        journal,
        action: next,
        now: clock.now(),
        waitingFor: this.#waiting.get(object.uid),
        failure: this.#failures.get(object.uid),
      }),
      failure: this.#failures.get(object.uid),
      now: clock.now(),
    });
    if (JSON.stringify(status.conditions) !== JSON.stringify(journal.conditions)) {
      journal.conditions = status.conditions;
      await run.save();
    }
    await store.projectStatus(keyOf(object), { ...status });
  }

  #note(object: StoredObject, journal: RunJournal): boolean {
    const spec = runSpec(object);
    const resting = spec.suspend || object.suspended || retryWaitMs(journal, this.#services.clock.now()) > 0;
    const { uid, name, creationTimestamp } = object;
    return this.#slots.update({
      uid,
      name,
      step: journal.step,
      creationTimestamp,
      resting,
      tornDown: journal.tornDown,
    });
  }

  #waits(uid: string, text: string | undefined): void {
    if (text === undefined) this.#waiting.delete(uid);
    else this.#waiting.set(uid, text);
  }
}

function keyOf({ name }: StoredObject): ObjectKey {
  return { kind: 'Run', name };
}
