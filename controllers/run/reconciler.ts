import { parseDuration } from '../../lib/api/duration.ts';
import type { ObjectKey } from '../../lib/api/kinds.ts';
import { runDirectoryName } from '../../lib/app/domain.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { explainError, orElse } from '../../lib/errors.ts';
import { peakMemory } from '../../lib/run-record/memory-need.ts';
import { readProgress, readResolved } from '../../lib/run-record/run-files.ts';
import type { KindDefinition, NoteDecision, Shown } from '../../lib/runtime/kind.ts';
import { KindLoop } from '../../lib/runtime/kind-loop.ts';
import { type Outcome, type Pass, type Reconciler, requeueAfter } from '../../lib/runtime/reconciler.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { performRunAction } from './actions.ts';
import { nextActionOf, runStatus } from './conditions.ts';
import { finishRun } from './finish.ts';
import { RunHoldings } from './holdings.ts';
import { appDomain, currentAttempt, heldRealms, journalOf, newJournal, type RunJournal, saveRun } from './journal.ts';
import { planRun, type RunAction, type RunFacts } from './plan.ts';
import type { QueuePlace } from './queue/admission.ts';
import { sourceOf } from './queue/queued-run.ts';
import { RecipeNeeds } from './queue/recipe-needs.ts';
import { Slots } from './queue/slots.ts';
import type { Ground } from './queue/waits.ts';
import { leasePlace } from './quick/queue.ts';
import { handleRequests } from './requests.ts';
import { modeOf, retryWaitMs } from './run-operation.ts';
import { runRefusal, runSpec } from './spec-changes.ts';
import { maskOf, type RunPass, type RunServices, runDirectories } from './stage.ts';
import { deadlineOf } from './stage-runner.ts';
import { diskFault } from './steps/failure-evidence.ts';
import { holdMs, nextStep, remainingMs, startIn, timeoutsOf } from './steps/timeouts.ts';
import { UsageSampler } from './steps/usage-sampler.ts';

interface RunSeen {
  facts: RunFacts;
  /** As it was when the facts were read. */
  ground: Ground;
}

/** Of Runs: each tests one ref of a recipe, once. */
export function runReconciler(services: KindServices): Reconciler {
  return new KindLoop(new RunKind({ ...services, usage: new UsageSampler(services) }), services);
}

class RunKind implements KindDefinition<RunPass, RunSeen, RunAction> {
  readonly kind = 'Run';
  readonly concurrency = 8;
  readonly urgent = ['cancel'] as const;
  readonly plan = planRun;
  readonly rests = ['Rest', 'WaitForSlot', 'WaitForRetry'] as const;
  readonly lasts = ['RunStep', 'FailStage', 'EndTests', 'Judge', 'TearDown', 'Promote'] as const;
  readonly mask = maskOf;
  readonly #services: RunServices;
  readonly holdings: RunHoldings;
  readonly #slots: Slots;
  readonly #needs = new RecipeNeeds();
  /** What a waiting run waits for, for people; lost on a restart and found again by the next look. */
  readonly #waiting = new Map<string, string>();

  constructor(services: RunServices) {
    this.#services = services;
    this.holdings = new RunHoldings(services);
    const { clock, runs: activity, settings } = services;
    this.#slots = new Slots({ settings, activity, now: () => clock.now() });
  }

  /** Reads the journals of all runs, so that slots are known before the first pass. */
  async load(): Promise<void> {
    const runs: [StoredObject, RunJournal][] = [];
    for (const object of this.#services.store.list('Run')) runs.push([object, await this.#journalOf(object)]);
    for (const [object, journal] of runs) this.#needs.note(runSpec(object).recipe, journal);
    for (const [object, journal] of runs) this.#note(object, journal);
  }

  /** One that cannot be read holds no slot, and may own something: its run stalls, the others go on. */
  async #journalOf(object: StoredObject): Promise<RunJournal> {
    const { store, session, settings } = this.#services;
    const runDirectory = runDirectories(settings.stateDirectory, object).root;
    const lost: RunJournal = { ...newJournal(session), step: 'Ended', tornDown: false };
    return await orElse(journalOf(store, keyOf(object), { session, runDirectory }), 'Damaged', () => lost);
  }

  /** An attempt that was stopped on purpose counts no crash with the next process. */
  async stopped(): Promise<void> {
    const { store, session } = this.#services;
    for (const object of store.list('Run')) {
      const journal = await this.#journalOf(object);
      if (journal.step !== 'Testing' || journal.session !== session) continue;
      await store.writeJournal(keyOf(object), { ...journal, stoppedGracefully: true });
    }
  }

  /** True while the run has claims, an app or a running attempt. */
  owns({ uid }: StoredObject): boolean {
    return this.#slots.isBusy(uid);
  }

  async open(object: StoredObject, pass: Pass): Promise<RunPass> {
    const { store, settings, session } = this.#services;
    const directories = runDirectories(settings.stateDirectory, object);
    const journal = await journalOf(store, keyOf(object), { session, runDirectory: directories.root });
    const run: RunPass = {
      services: this.#services,
      object,
      journal,
      progress: journal.progress ?? (await this.#readable(readProgress(directories.root))),
      ...(journal.progress === undefined ? {} : { shown: JSON.stringify(journal.progress) }),
      resolved: await this.#readable(readResolved(directories.root)),
      directories,
      holdOnFailureMs: 0,
      pass,
      save: () => saveRun(run),
      finish: () => finishRun(run),
    };
    return run;
  }

  /** An edit after the start is in force where it changes only what may change; else as a whole it is not. */
  async settle(run: RunPass): Promise<void> {
    await handleRequests(run);
    const { store } = this.#services;
    const { journal, resolved } = run;
    const object = store.get(keyOf(run.object)) ?? run.object;
    const started = journal.attempts.length > 0 || journal.step === 'Ended';
    const refusal = runRefusal(object, { started, resolved });
    if (refusal) await store.refuse(object, refusal);
    else await store.accept(object);
  }

  async observe(run: RunPass): Promise<RunSeen> {
    const { clock, store, session } = this.#services;
    const { object, journal, progress, resolved } = run;
    const spec = runSpec(object);
    const { stage, step } = nextStep(run);
    const timeouts = timeoutsOf(spec, resolved, startIn(stage, journal.memory));
    const kinds = {
      Deploy: timeouts.deploy,
      Health: timeouts.health,
      Test: timeouts.test,
      Total: timeouts.total,
    } as const;
    run.holdOnFailureMs = holdMs(spec);
    this.#note(object, journal);
    const { progress: _kept, ...bare } = journal;
    const ground = await this.#ground(journal);
    const queue = await this.#queue(run, ground);
    const facts: RunFacts = {
      journal: bare,
      progress,
      session,
      now: clock.now(),
      monotonicMs: clock.monotonicMs(),
      runningMs: store.runningMs(),
      suspended: spec.suspend || object.suspended,
      deletion: object.deletion?.state ?? 'None',
      queue,
      timeouts: {
        totalMs: timeouts.total,
        stepMs: kinds[deadlineOf(modeOf(progress), stage, step)],
        teardownMs: timeouts.teardown,
      },
      holdOnFailureMs: run.holdOnFailureMs,
      ttlAfterFinishedMs: parseDuration(spec.ttlAfterFinished),
      expired: this.holdings.isExpired(object.uid),
      created: object.source === 'State',
    };
    return { facts, ground };
  }

  async act(run: RunPass, { facts, ground }: RunSeen, action: RunAction, note: NoteDecision): Promise<Outcome> {
    const { uid } = run.object;
    // A slot that was free when the facts were read may have been taken since.
    if (action.type === 'StartAttempt' && !this.#slots.take(uid, ground)) return requeueAfter(0, 'Slot');
    return await performRunAction(run, action, {
      remainingMs: remainingMs(facts),
      waitedFor: this.#waiting.get(uid),
      waiting: (text) => (text === undefined ? this.#waiting.delete(uid) : this.#waiting.set(uid, text)),
      decide: (inputs, next) => note({ planner: 'Promotion', inputs, action: next }),
    });
  }

  status(run: RunPass, { facts }: RunSeen, { action, failure, now }: Shown<RunAction>) {
    const { object, journal, progress, resolved } = run;
    const pending = journal.step === 'Pending';
    return runStatus({
      object,
      journal,
      progress,
      resolved,
      platform: this.#services.settings.platformKind,
      artifacts: `runs/${runDirectoryName(object.name, object.uid)}`,
      queue: pending && !facts.suspended && facts.queue.position > 0 ? facts.queue : undefined,
      suspended: facts.suspended && pending,
      next: nextActionOf({ journal, action, now, waitingFor: this.#waiting.get(object.uid), failure }),
      failure,
      now,
    });
  }

  forget({ uid }: StoredObject): void {
    this.#services.leases.note(uid, []);
    this.#services.turns.leave(uid);
    this.#waiting.delete(uid);
    this.holdings.forget(uid);
    this.#wake(this.#slots.remove(uid));
  }

  /** A record of an attempt that cannot be read is as good as none: the attempt is given up, the run goes on. */
  async #readable<T>(record: Promise<T | undefined>): Promise<T | undefined> {
    return await orElse(record, 'Damaged', (error) => {
      this.#services.log.warn('a record of a run cannot be read', { error: explainError(error) });
      return undefined;
    });
  }

  /** A lease is asked for only while nothing else keeps the run from starting. */
  async #queue(run: RunPass, ground: Ground): Promise<QueuePlace> {
    const { object, journal } = run;
    const place = this.#slots.place(object.uid, ground);
    if (journal.step !== 'Pending' || this.#isResting(object, journal)) return place;
    if (place.position > 0 && place.reason !== 'Lease') return place;
    this.#wake(this.#slots.awaitLease(object.uid, await leasePlace(run)));
    return this.#slots.place(object.uid, ground);
  }

  #isResting(object: StoredObject, journal: RunJournal): boolean {
    return runSpec(object).suspend || object.suspended || retryWaitMs(journal, this.#services.clock.now()) > 0;
  }

  /** Only who waits asks the host. */
  async #ground({ step }: RunJournal): Promise<Ground> {
    const { settings, memory } = this.#services;
    const { memoryFloorBytes } = settings;
    if (step !== 'Pending') return { diskIsLow: false, memoryFloorBytes };
    const [fault, room] = await Promise.all([diskFault(settings), memory.read()]);
    return { diskIsLow: fault !== undefined, memory: room, memoryFloorBytes };
  }

  #note(object: StoredObject, journal: RunJournal): void {
    const spec = runSpec(object);
    const resting = this.#isResting(object, journal);
    const { uid, name, creationTimestamp } = object;
    const { step, tornDown } = journal;
    this.#services.leases.note(uid, heldRealms(name, journal));
    this.#needs.note(spec.recipe, journal);
    const memory = { needBytes: this.#needs.of(spec.recipe), grownBytes: this.#grownBytes(journal) };
    const [source, createdMs] = [sourceOf(object, spec), Date.parse(creationTimestamp)];
    this.#wake(this.#slots.update({ uid, name, step, createdMs, source, ...memory, resting, tornDown }));
  }

  /** The most that the attempt under way was seen to take. */
  #grownBytes(journal: RunJournal): number {
    const attempt = currentAttempt(journal);
    const { cursor } = journal.memory ?? {};
    if (journal.step !== 'Testing' || attempt === undefined || cursor === undefined) return 0;
    const usage = this.#services.usage.gathered({ domain: appDomain(attempt), stage: cursor.stage });
    return peakMemory([...(journal.progress?.stages ?? []), ...(usage === undefined ? [] : [{ usage }])]) ?? 0;
  }

  /** The others of the queue see their new place when they look again, every few seconds. */
  #wake(name: string | undefined): void {
    if (name !== undefined) this.#services.enqueue({ kind: 'Run', name });
  }
}

function keyOf({ name }: StoredObject): ObjectKey {
  return { kind: 'Run', name };
}
