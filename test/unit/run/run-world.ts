import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import { type PreparedContext, type RunPass, runDirectories, stepContext } from '../../../controllers/run/stage.ts';
import type { StageName } from '../../../lib/api/index.ts';
import { LeaseTurns } from '../../../lib/known-good/lease-turns.ts';
import { RunActivity } from '../../../lib/run-record/run-activity.ts';
import type { ResolvedRun, RunProgress } from '../../../lib/run-record/run-files.ts';
import { RealmLeases } from '../../../lib/sso/realm-leases.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { HEAD, resolvedRun } from '../../builders/resolved-run.ts';
import { runProgress, testingJournal } from '../../builders/run-facts.ts';
import { storedRun } from '../../builders/stored-object.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';

/** The domain of the attempt of `testingJournal`. */
export const DOMAIN = 'note-abcdef.example.org';

interface Saved {
  journal: RunJournal;
  progress: RunProgress | undefined;
}

/** A run whose world is lines: everything that is asked of it, in its order, each of which can be made to fail. */
export class RunWorld {
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  readonly lines: string[] = [];
  readonly failures = new Map<string, Error>();
  /** What each save has journaled. */
  readonly saved: Saved[] = [];
  readonly abort = new AbortController();
  readonly root: string;
  runningMs = 7_000;
  object: StoredObject = storedRun();
  journal: RunJournal = testingJournal();
  progress: RunProgress | undefined = runProgress();
  resolved: ResolvedRun | undefined = resolvedRun();
  holdOnFailureMs = 0;
  /** Of the domain; undefined: nobody's. */
  claimUid: string | undefined = 'uid-notes';
  /** Of all objects. */
  claims: { kind: string; name: string; uid: string; domain: string }[] = [];
  recipeSource: string | undefined;
  /** The commit of the release that the source has of head. */
  tagCommit: string | undefined = HEAD;
  left: string[] = [];
  deployed = false;
  changedByOthers: string | undefined;
  /** What is deployed. */
  commit: string | undefined = HEAD;
  /** Last log lines of the services of the app, by name. */
  readonly logs = new Map<string, string[]>();
  diskFloorBytes = 0;
  maxRuns = 1;
  /** Of the host; its floor is 512 MiB. */
  memory = { availableBytes: 2 ** 40, totalBytes: 2 ** 40 };
  readonly activity = new RunActivity(({ kind, name }) => void this.lines.push(`idle ${kind}/${name}`));
  absent = true;
  /** Other objects of the store, by `Kind/name`. */
  readonly others = new Map<string, StoredObject>();
  damaged = false;
  /** Somebody acts right after the store has accepted the spec of that name. */
  onAccept: (name: string) => void = () => {};
  /** What an app that is taken down does instead. */
  onUndeploy: ((signal: AbortSignal) => Promise<void>) | undefined;
  platformKind: 'Process' | 'Swarm' = 'Process';

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'ccci-run-unit-')));
    mkdirSync(this.directories.root, { recursive: true });
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  get directories() {
    return runDirectories(this.root, this.object);
  }

  took = (): string[] => this.lines.splice(0);
  stage = (name: string) => this.progress?.stages.find((one) => one.name === name);
  fail(line: string, error: Error): void {
    this.failures.set(line, error);
  }

  /** Takes its time, so that nobody goes on who does not wait for it. */
  async say<T>(line: string, answer: T): Promise<T> {
    await settle();
    this.lines.push(line);
    const failure = this.failures.get(line);
    this.failures.delete(line);
    if (failure !== undefined) throw failure;
    return answer;
  }

  /** What a pass works with; `journal` and `progress` are those of the world. */
  pass(): RunPass {
    return {
      services: this.services() as never,
      ...{ object: this.object, journal: this.journal, progress: this.progress, resolved: this.resolved },
      ...{ directories: this.directories, holdOnFailureMs: this.holdOnFailureMs },
      pass: { signal: this.abort.signal, leavePool: () => void this.lines.push('leave pool') },
      save: async () => {
        const saved = structuredClone({ journal: this.journal, progress: this.progress });
        await this.say(`save ${saved.journal.step}`, undefined);
        this.saved.push(saved);
      },
      finish: () => this.say(`finish ${this.journal.outcome?.reason}`, undefined),
    };
  }

  services() {
    const { clock, log } = this;
    return {
      ...{ clock, log, session: 'this', instanceId: 'i', store: this.#store(), platform: this.#platform() },
      mirrors: {
        of: () => ({
          release: (ref: string) => this.say(`release ${ref}`, undefined),
          fetch: () => this.say('fetch', undefined),
          keep: (ref: string) => this.say(`keep ${ref}`, undefined),
          versionAt: async () => (this.tagCommit === undefined ? undefined : { commit: this.tagCommit }),
        }),
        secretValues: () => ['geheim'],
      },
      leases: new RealmLeases((service) => void this.lines.push(`lease WarmService/${service}`)),
      turns: new LeaseTurns(clock, ({ kind, name }) => void this.lines.push(`turn ${kind}/${name}`)),
      runs: this.activity,
      memory: { read: async () => this.memory },
      limits: {
        run: (name: string, work: () => Promise<unknown>) => {
          this.lines.push(`limit ${name}`);
          return work();
        },
      },
      usage: {
        forget: (domain: string) => void this.lines.push(`forget ${domain}`),
        last: (place: { stage: string }) => this.say(`measure ${place.stage}`, undefined),
        gathered: () => undefined,
        during: (_place: unknown, _signal: unknown, step: () => Promise<unknown>) => step(),
      },
      enqueue: ({ kind, name }: { kind: string; name: string }, priority = '') =>
        void this.lines.push(`enqueue ${kind}/${name} ${priority}`.trim()),
      settings: {
        ...{
          stateDirectory: this.root,
          zone: 'example.org',
          diskFloorBytes: this.diskFloorBytes,
          memoryFloorBytes: 512 * 2 ** 20,
          resyncMs: 60_000,
          maxRuns: this.maxRuns,
        },
        ...{
          platformKind: this.platformKind,
          allowRecipeTests: [],
          recipeSource: this.recipeSource,
          path: '/usr/bin:/bin',
          connection: {},
        },
      },
    };
  }

  #store() {
    return {
      claims: {
        get: async () => (this.claimUid === undefined ? undefined : { uid: this.claimUid }),
        of: async ({ kind, name }: { kind: string; name: string }) =>
          this.claims.filter((one) => one.kind === kind && one.name === name),
        claim: ({ domain, kind, uid, attempt }: { domain: string; kind: string; uid: string; attempt: number }) =>
          this.say(`claim ${domain} ${kind} ${uid} ${attempt}`, undefined),
        release: (domain: string, uid: string) => this.say(`give back ${domain} ${uid}`, undefined),
      },
      event: (_: unknown, { type, reason }: { type: string; reason: string }) =>
        this.say(`event ${type} ${reason}`, undefined),
      runningMs: () => this.runningMs,
      confirmAbsent: () => this.say('confirm absent', this.absent),
      markDestroying: () => this.say('mark destroying', undefined),
      remove: ({ name }: { name: string }) => this.say(`remove ${name}`, undefined),
      finishRequest: (_: unknown, id: string, { result }: { result: string }) => this.say(`${id} ${result}`, undefined),
      createRun: ({ name, ...made }: { name: string }) => this.say(`create ${name}`, made),
      get: ({ kind, name }: { kind: string; name: string }) => this.others.get(`${kind}/${name}`),
      list: (kind: string) => [...this.others.values()].filter((one) => one.kind === kind),
      isDamaged: () => this.damaged,
      writeJournal: () => this.say('write journal', undefined),
      decision: async () => {},
    };
  }

  /** What a step of a stage after Prepare is given. */
  async prepared(stage: StageName, remainingMs = 60_000): Promise<PreparedContext> {
    const context = await stepContext(this.pass(), stage, remainingMs);
    const resolved = this.resolved ?? resolvedRun();
    return Object.assign(context, { resolved, mirror: this.services().mirrors.of() as never });
  }

  #platform() {
    const { logs } = this;
    return {
      logs: async function* (_app: unknown, { service }: { service: string }) {
        for (const text of logs.get(service) ?? []) yield { text };
      },
      destroy: ({ domain }: { domain: string }) => this.say(`destroy ${domain}`, undefined),
      undeploy: ({ domain }: { domain: string }, signal: AbortSignal) =>
        this.onUndeploy?.(signal) ?? this.say(`undeploy ${domain}`, undefined),
      leftovers: () => this.say('leftovers', this.left),
      volumes: () => this.say('volumes', []),
      observe: () =>
        this.say('observe', {
          ...{ deployed: this.deployed, volumes: [], endpoints: [], ignored: [] },
          services: [...this.logs.keys()].map((name) => ({ name, tasks: [], restart: 'Always', replicas: 0 })),
          ...(this.commit === undefined ? {} : { commit: this.commit }),
          ...(this.changedByOthers === undefined ? {} : { changedByOthers: this.changedByOthers }),
        }),
    };
  }
}
