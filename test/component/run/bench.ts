import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { canonicalReconciler } from '../../../controllers/canonical/reconciler.ts';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import { runReconciler } from '../../../controllers/run/reconciler.ts';
import { sweepReconciler } from '../../../controllers/sweep/reconciler.ts';
import { warmServiceReconciler } from '../../../controllers/warm-service/reconciler.ts';
import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import { DurableAlerts } from '../../../lib/alerts/alerts.ts';
import { HistoryFiles } from '../../../lib/alerts/history-files.ts';
import type {
  CanonicalStatus,
  RunStatus,
  StageName,
  StageResult,
  SweepStatus,
  WarmServiceStatus,
} from '../../../lib/api/index.ts';
import { API_VERSION, type Kind, keyText, type ObjectKey } from '../../../lib/api/kinds.ts';
import { HealthGate } from '../../../lib/app/health-gate.ts';
import type { KindSettings } from '../../../lib/app/kind-services.ts';
import { Mirrors } from '../../../lib/app/mirrors.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { Cgroups } from '../../../lib/exec/cgroups.ts';
import { createCommandRunner } from '../../../lib/exec/command.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { LeaseTurns } from '../../../lib/known-good/lease-turns.ts';
import { silentLog } from '../../../lib/log.ts';
import type { RecipeLinter } from '../../../lib/recipe/recipe-linter.ts';
import { RunActivity } from '../../../lib/run-record/run-activity.ts';
import { Limits } from '../../../lib/runtime/limits.ts';
import type { Outcome, Reconciler } from '../../../lib/runtime/reconciler.ts';
import { type KeycloakOptions, KeycloakProvider } from '../../../lib/sso/keycloak/keycloak-provider.ts';
import { RealmLeases } from '../../../lib/sso/realm-leases.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { FileStore } from '../../../lib/store/file-store.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { FaultyReader } from '../../fakes/faulty-reader.ts';
import { Repository } from '../recipe/repository.ts';

/** Real time that a test moves on by hand, wall clock and monotonic clock together; timers keep real time. */
export class HastyClock implements Clock {
  skippedMs = 0;
  after = systemClock.after;
  sleep = systemClock.sleep;

  now(): number {
    return systemClock.now() + this.skippedMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.skippedMs;
  }
}

const RUNNER = createCommandRunner({ clock: systemClock, cgroups: Cgroups.find().cgroups });

export type BenchSettings = Partial<KindSettings>;

/** How many passes a test may take until what it waits for has to have happened. */
const PASSES = 600;
export const GRACE_MS = 1_000;

/**
 * The reconcilers of all kinds over a real store and real repositories, driven by hand: the key that is due
 * next is looked at, and the clock is moved to when it is due. A pass that throws comes back after a second.
 */
export class Bench {
  readonly root: string;
  readonly clock = new HastyClock();
  readonly platform: FakePlatform;
  /** Reads the sets of all canonicals. */
  readonly reader = new FaultyReader();
  readonly settings: KindSettings;
  /** Of the host. */
  memory = { availableBytes: 2 ** 40, totalBytes: 2 ** 40 };
  /** Errors that passes threw, oldest first. */
  readonly thrown: unknown[] = [];
  /** Of sign-on providers; take effect at once. */
  ssoOptions: Partial<KeycloakOptions> = {};
  /** Of the tool that deploys; takes effect with the next start. */
  linter: RecipeLinter | undefined;
  store!: FileStore;
  alerts!: DurableAlerts;
  runs!: Reconciler;
  canonicals!: Reconciler;
  warmServices!: Reconciler;
  sweeps!: Reconciler;
  readonly #due = new Map<string, { key: ObjectKey; atMs: number }>();
  #requests = 0;

  private constructor(root: string, settings: BenchSettings) {
    this.root = root;
    this.platform = new FakePlatform({ clock: this.clock });
    this.settings = {
      stateDirectory: join(root, 'state'),
      specDirectory: join(root, 'specs'),
      zone: 'ci.example.org',
      maxRuns: 1,
      recipeSource: undefined,
      allowRecipeTests: [],
      untrusted: { memoryBytes: 2 ** 30, cpus: 1, pids: 512 },
      path: process.env.PATH ?? '/usr/bin:/bin',
      platformKind: 'Process',
      diskFloorBytes: 0,
      memoryFloorBytes: 0,
      resyncMs: 600_000,
      connection: {},
      ...settings,
    };
  }

  static async open(settings: BenchSettings = {}): Promise<Bench> {
    const bench = new Bench(await mkdtemp(join(tmpdir(), 'ccci-run-')), settings);
    await bench.platform.open();
    await mkdir(bench.settings.stateDirectory);
    await mkdir(bench.settings.specDirectory);
    await writeMarker(bench.settings.specDirectory, 'instance-1');
    await bench.start();
    return bench;
  }

  /** What a start of the controller does: another session, nothing remembered. */
  async start(): Promise<void> {
    const { settings, clock, platform } = this;
    const { stateDirectory, specDirectory, path } = settings;
    this.store = await FileStore.open({
      stateDirectory,
      specDirectory,
      instanceId: 'instance-1',
      graceMs: GRACE_MS,
      clock,
      log: silentLog,
      onChange: (key) => this.enqueue(key),
      owns: (key) => this.#of(key).owns(this.object(key)),
    });
    const files = new AlertFiles(stateDirectory);
    const histories = new HistoryFiles(stateDirectory, silentLog);
    const runningMs = () => this.store.runningMs();
    this.alerts = new DurableAlerts({ files, histories, clock, runningMs, onAlert: () => {} });
    const services = {
      store: this.store,
      alerts: this.alerts,
      platform,
      setReader: this.reader,
      mirrors: new Mirrors({ stateDirectory, instanceId: 'instance-1', runner: RUNNER, path }),
      gate: new HealthGate(platform, clock, settings.connection),
      runner: RUNNER,
      limits: new Limits(),
      providers: async () => new KeycloakProvider({ instance: 'instance-1', ...this.ssoOptions }),
      leases: new RealmLeases((name) => this.enqueue({ kind: 'WarmService', name })),
      turns: new LeaseTurns(clock, (key) => this.enqueue(key)),
      runs: new RunActivity((key) => this.enqueue(key)),
      memory: { read: async () => this.memory },
      clock,
      log: silentLog,
      enqueue: (key: ObjectKey) => this.enqueue(key),
      session: randomUUID(),
      instanceId: 'instance-1',
      settings,
      ...(this.linter === undefined ? {} : { linter: this.linter }),
    };
    this.runs = runReconciler(services);
    this.canonicals = canonicalReconciler(services);
    this.warmServices = warmServiceReconciler(services);
    this.sweeps = sweepReconciler(services);
    this.#due.clear();
    await this.store.sync();
    await this.runs.load();
    for (const object of this.store.list()) this.enqueue(object);
  }

  /** What kill -9 and a new start do. */
  async restart(): Promise<void> {
    await this.store.stop();
    await this.start();
  }

  async close(): Promise<void> {
    await this.store.stop();
    await this.platform.close();
    await rm(this.root, { recursive: true, force: true });
  }

  repository(name = 'recipe'): Promise<Repository> {
    return Repository.create(join(this.root, name));
  }

  /** Writes a spec file and lets the store see it. */
  async write(kind: Kind, name: string, spec: object): Promise<ObjectKey> {
    const document = { apiVersion: API_VERSION, kind, metadata: { name }, spec };
    await writeFile(join(this.settings.specDirectory, `${name}.yaml`), stringify(document));
    await this.store.sync();
    const key = { kind, name } as const;
    if (!this.store.get(key)) throw new Error(`${keyText(key)} was not accepted by the store`);
    return key;
  }

  /** Writes an executable file of a Canonical's profile. */
  async profile(canonical: string, path: string, text: string): Promise<void> {
    const file = join(this.settings.specDirectory, `${canonical}.ci`, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode: 0o755 });
  }

  /** Removes a spec file and lets the grace time pass. */
  async remove(name: string): Promise<void> {
    await rm(join(this.settings.specDirectory, `${name}.yaml`));
    await this.store.sync();
    this.clock.skippedMs += GRACE_MS * 2;
    await this.store.sync();
  }

  /** Drops a request and lets the store see it; gives its id. */
  async request(key: ObjectKey, verb: string, args: Record<string, string> = {}): Promise<string> {
    this.#requests += 1;
    const directory = join(this.settings.stateDirectory, 'requests');
    await mkdir(directory, { recursive: true });
    const id = `2030-01-01T00.00.00.000Z-${String(this.#requests).padStart(4, '0')}`;
    const body = { ...key, verb, by: 'tester', at: '2030-01-01T00:00:00.000Z', args };
    await writeFile(join(directory, `${id}.json`), JSON.stringify(body));
    await this.store.sync();
    return id;
  }

  enqueue({ kind, name }: ObjectKey): void {
    const key = { kind, name } as const;
    this.#due.set(keyText(key), { key, atMs: this.clock.monotonicMs() });
  }

  /** Looks at whatever is due next until the condition holds. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let pass = 0; pass < PASSES; pass += 1) {
      if (await condition()) return;
      await this.step();
    }
    throw new Error(
      `never happened: ${what}; ${this.thrown.length} passes threw, the last: ${String(this.thrown.at(-1))}`,
    );
  }

  /** One pass of the key that is due next. */
  async step(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const [next] = [...this.#due.values()].toSorted((a, b) => a.atMs - b.atMs);
    if (!next) throw new Error('nothing is due any more');
    this.clock.skippedMs += Math.max(0, next.atMs - this.clock.monotonicMs());
    this.#due.delete(keyText(next.key));
    await this.pass(next.key, signal);
  }

  /** One pass of a key, whenever it is due. */
  async pass(key: ObjectKey, signal: AbortSignal = new AbortController().signal): Promise<void> {
    const reconciler = this.#of(key);
    let outcome: Outcome;
    try {
      outcome = await reconciler.reconcile(key, { signal, leavePool: () => {} });
    } catch (error) {
      this.thrown.push(error);
      // The controller logs a failure that cannot be shown.
      await reconciler.failed(key, { error, terminal: false, failures: 1, retryInMs: 1_000 }).catch(() => undefined);
      outcome = { outcome: 'Requeue', afterMs: 1_000, reason: 'failed' };
    }
    if (outcome.outcome === 'Done') return;
    const atMs = this.clock.monotonicMs() + outcome.afterMs;
    const queued = this.#due.get(keyText(key));
    if (!queued || queued.atMs > atMs) this.#due.set(keyText(key), { key, atMs });
  }

  #of({ kind }: ObjectKey): Reconciler {
    return { WarmService: this.warmServices, Run: this.runs, Canonical: this.canonicals, Sweep: this.sweeps }[kind];
  }

  async journal(name: string): Promise<RunJournal> {
    const journal = await this.store.readJournal<RunJournal>({ kind: 'Run', name });
    if (!journal) throw new Error(`run ${name} has no journal`);
    return journal;
  }

  /** Drives everything until the run is over, and gives its status. */
  async finish(name: string): Promise<RunStatus> {
    const ended = async (): Promise<boolean> =>
      (await this.store.readJournal<RunJournal>({ kind: 'Run', name }))?.collected === true;
    await this.until(ended, `the end of run ${name}`);
    await this.pass({ kind: 'Run', name });
    return this.status({ kind: 'Run', name }) as Promise<RunStatus>;
  }

  /** The status that `ccctl` would show. */
  async status(key: ObjectKey): Promise<RunStatus | CanonicalStatus | WarmServiceStatus | SweepStatus> {
    const shown = await import('node:fs/promises').then(({ readFile }) =>
      readFile(join(this.settings.stateDirectory, 'objects', key.kind, key.name, 'status.json'), 'utf8'),
    );
    return (JSON.parse(shown) as { status: RunStatus }).status;
  }

  knownGood(name: string): KnownGoodStore {
    return new KnownGoodStore({ directory: join(this.settings.stateDirectory, 'canonicals', name) });
  }

  object(key: ObjectKey): StoredObject {
    const object = this.store.get(key);
    if (!object) throw new Error(`no ${keyText(key)}`);
    return object;
  }
}

/** The stage of that name in a status. */
export function stageOf(status: RunStatus, name: StageName): StageResult {
  const stage = status.stages?.find((one) => one.name === name);
  if (!stage) throw new Error(`no stage ${name}`);
  return stage;
}

/** Reason of the condition of that type; its status before it. */
export function condition(status: Pick<RunStatus, 'conditions'>, type: string): string | undefined {
  const found = status.conditions.find((one) => one.type === type);
  return found && `${found.status}/${found.reason}`;
}
