import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { SweepJournal } from '../../../controllers/sweep/journal.ts';
import { sweepReconciler } from '../../../controllers/sweep/reconciler.ts';
import type { SweepRecord, SweepSpec, SweepStatus } from '../../../lib/api/index.ts';
import { API_VERSION, type Kind, keyText, type ObjectKey } from '../../../lib/api/kinds.ts';
import type { KindServices } from '../../../lib/app/kind-services.ts';
import { type Clock, systemClock, toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import type { WarmRecord } from '../../../lib/known-good/warm-record.ts';
import { silentLog } from '../../../lib/log.ts';
import { listVersions } from '../../../lib/recipe/version.ts';
import type { RunEnd, RunRecord } from '../../../lib/run-record/run-end.ts';
import type { Reconciler } from '../../../lib/runtime/reconciler.ts';
import { sealManifest, writeManifest } from '../../../lib/snapshot/manifest.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { FileStore } from '../../../lib/store/file-store.ts';
import type { StoredObject } from '../../../lib/store/store.ts';

export const KEY = { kind: 'Sweep', name: 'weekly' } as const;
/** A Saturday noon; the default schedule is due the night after. */
export const START = Date.UTC(2030, 0, 5, 12);
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const GRACE_MS = 1_000;
/** How many passes a test may take until what it waits for has to have happened. */
const PASSES = 2_000;

/** Stands still but where a test moves it: wall clock and monotonic clock together, or the wall clock alone. */
class SweepClock implements Clock {
  wallMs = START;
  #monotonicMs = 0;
  after = systemClock.after;
  sleep = systemClock.sleep;

  now(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  advance(ms: number): void {
    this.wallMs += ms;
    this.#monotonicMs += ms;
  }
}

/** A recipe as its source shows it: its tags, or why it cannot be fetched. */
export interface FakeSource {
  tags: readonly string[];
  failing?: unknown;
  fetches: number;
}

/** How a run of a recipe ends; `Hold`: not yet. */
export type RunScript = (run: StoredObject) => RunEnd | 'Hold';

const GREEN: RunEnd = {
  outcome: { reason: 'Passed', message: 'level 5', verdict: 'Passed', level: 5 },
  promotion: { result: 'Promoted' },
};

/** The reconciler of Sweeps over a real store; recipes and what other kinds would do are played. */
export class SweepBench {
  readonly root: string;
  readonly clock = new SweepClock();
  readonly sources = new Map<string, FakeSource>();
  /** By recipe; default: green and promoted. */
  readonly scripts = new Map<string, RunScript>();
  /** What a warm service makes of the request to look; default: nothing new. */
  readonly looks = new Map<string, (record: WarmRecord) => WarmRecord>();
  readonly thrown: unknown[] = [];
  /** Names of runs, in the order in which they were created. */
  readonly created: string[] = [];
  /** Called before each pass, with its number. */
  beforePass: (pass: number) => Promise<void> | void = () => {};
  store!: FileStore;
  sweeps!: Reconciler;
  #passes = 0;
  #requests = 0;

  private constructor(root: string) {
    this.root = root;
  }

  static async open(): Promise<SweepBench> {
    const bench = new SweepBench(await mkdtemp(join(tmpdir(), 'ccci-sweep-')));
    await mkdir(bench.specs);
    await mkdir(bench.state);
    await writeMarker(bench.specs, 'instance-1');
    await bench.start();
    return bench;
  }

  get specs(): string {
    return join(this.root, 'specs');
  }

  get state(): string {
    return join(this.root, 'state');
  }

  async start(): Promise<void> {
    this.store = await FileStore.open({
      stateDirectory: this.state,
      specDirectory: this.specs,
      instanceId: 'instance-1',
      graceMs: GRACE_MS,
      clock: this.clock,
      log: silentLog,
      onChange: () => {},
      owns: () => false,
    });
    const settings = { stateDirectory: this.state, resyncMs: HOUR_MS, recipeSource: '/recipes/{recipe}' };
    const mirrors = { of: (recipe: string) => this.#mirror(recipe), secretValues: () => ['hunter2'] };
    const { store, clock } = this;
    const services = { store, clock, settings, mirrors, enqueue: () => {}, session: 'one' };
    this.sweeps = sweepReconciler(services as unknown as KindServices);
    await this.store.sync();
  }

  /** What kill -9 and a new start do. */
  async restart(): Promise<void> {
    await this.store.stop();
    await this.start();
  }

  async close(): Promise<void> {
    await this.store.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Writes a spec file and has the store see it; all but Sweeps are accepted at once. */
  async write(kind: Kind, name: string, spec: object, labels: Record<string, string> = {}): Promise<void> {
    const document = { apiVersion: API_VERSION, kind, metadata: { name, labels }, spec };
    await writeFile(join(this.specs, `${kind}-${name}.yaml`), stringify(document));
    await this.store.sync();
    const object = this.object({ kind, name });
    if (kind !== 'Sweep') await this.store.accept(object);
  }

  async remove(kind: Kind, name: string): Promise<void> {
    await rm(join(this.specs, `${kind}-${name}.yaml`));
    await this.store.sync();
    this.clock.advance(2 * GRACE_MS);
    await this.store.sync();
  }

  sweep(spec: SweepSpec = {}): Promise<void> {
    return this.write('Sweep', KEY.name, spec);
  }

  /** Enrols a recipe: its tags, and the version that is known to be good, promoted so many days ago. */
  async enrol(
    recipe: string,
    tags: readonly string[],
    knownGood?: { version: string; daysAgo?: number },
  ): Promise<void> {
    await this.write('Canonical', recipe, { app: { recipe } }, { team: recipe.slice(0, 1) });
    this.sources.set(recipe, { tags, fetches: 0 });
    if (knownGood) await this.#promote(recipe, knownGood);
  }

  /** A warm service that runs a version. */
  async warm(name: string, dependsOn: readonly string[] = []): Promise<void> {
    const app = { recipe: name, source: '/recipes/x' };
    await this.write('WarmService', name, { app, dependsOn: dependsOn.map((warmService) => ({ warmService })) });
    await this.store.writeJournal({ kind: 'WarmService', name }, warmRecord('1.0.0+1.0.0'));
  }

  /** A run that somebody else started, and where it stands. */
  async otherRun(name: string, record: Partial<RunRecord> = {}): Promise<void> {
    if (!this.store.get({ kind: 'Run', name })) await this.write('Run', name, { recipe: 'other' });
    await this.store.writeJournal({ kind: 'Run', name }, { step: 'Testing', attempts: [], tornDown: false, ...record });
  }

  async request(verb: string, key: ObjectKey = KEY): Promise<string> {
    this.#requests += 1;
    const id = `2030-01-01T00.00.00.000Z-${String(this.#requests).padStart(4, '0')}`;
    const body = { ...key, verb, by: 'tester', at: '2030-01-01T00:00:00.000Z', args: {} };
    await mkdir(join(this.state, 'requests'), { recursive: true });
    await writeFile(join(this.state, 'requests', `${id}.json`), JSON.stringify(body));
    await this.store.sync();
    return id;
  }

  /** One pass, then the time that it asked for: the moment of the next one. Never more than a resync. */
  async pass(key: ObjectKey = KEY): Promise<void> {
    this.#passes += 1;
    await this.beforePass(this.#passes);
    let afterMs = 1_000;
    try {
      const signal = new AbortController().signal;
      const outcome = await this.sweeps.reconcile(key, { signal, leavePool: () => {} });
      afterMs = outcome.outcome === 'Requeue' ? outcome.afterMs : 0;
    } catch (error) {
      this.thrown.push(error);
      await this.sweeps.failed(key, { error, terminal: false, failures: 1, retryInMs: afterMs }).catch(() => undefined);
    }
    await this.#playOthers();
    this.clock.advance(afterMs);
  }

  /** Passes until the condition holds. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let pass = 0; pass < PASSES; pass += 1) {
      if (await condition()) return;
      await this.pass();
    }
    throw new Error(`never happened: ${what}; ${this.thrown.length} threw, the last: ${String(this.thrown.at(-1))}`);
  }

  /** Passes for so long a time. */
  async passFor(ms: number): Promise<void> {
    const end = this.clock.wallMs + ms;
    await this.until(() => this.clock.wallMs >= end, 'the end of the time');
  }

  async journal(): Promise<SweepJournal | undefined> {
    return await this.store.readJournal<SweepJournal>(KEY);
  }

  /** The sweep that ended after so many others. */
  async ended(count = 1): Promise<SweepRecord> {
    const isOver = async (): Promise<boolean> => {
      const journal = await this.journal();
      return journal?.history.length === count && journal.sweep?.step === 'Over';
    };
    await this.until(isOver, `the end of ${count} sweeps`);
    const { lastSweep } = await this.status();
    if (!lastSweep) throw new Error('no last sweep');
    return lastSweep;
  }

  async status(key: ObjectKey = KEY): Promise<SweepStatus> {
    const text = await readFile(join(this.state, 'objects', key.kind, key.name, 'status.json'), 'utf8');
    return (JSON.parse(text) as { status: SweepStatus }).status;
  }

  object(key: ObjectKey): StoredObject {
    const object = this.store.get(key);
    if (!object) throw new Error(`no ${keyText(key)}`);
    return object;
  }

  #mirror(recipe: string) {
    const source = this.sources.get(recipe);
    return {
      fetch: async () => {
        if (source) source.fetches += 1;
        if (source?.failing !== undefined) throw source.failing;
        if (!source) throw new CcError('Misconfigured', 'there is no such repository');
      },
      versions: async () =>
        listVersions((source?.tags ?? []).map((tag) => ({ tag, annotated: true, commit: commitOf(tag) }))),
    };
  }

  /** What the other kinds do meanwhile. */
  async #playOthers(): Promise<void> {
    await this.store.sync();
    for (const service of this.store.list('WarmService')) await this.#look(service);
    for (const run of this.store.list('Run')) await this.#endRun(run);
  }

  async #look(service: StoredObject): Promise<void> {
    for (const { id } of service.requests) {
      const record = (await this.store.readJournal<WarmRecord>(service)) ?? {};
      const now = this.store.runningMs();
      const version = record.lastGood?.version ?? '';
      const newest = {
        atRunningMs: now,
        session: String(this.#passes),
        latest: { version, commit: commitOf(version) },
      };
      const look = this.looks.get(service.name) ?? ((before: WarmRecord) => before);
      await this.store.writeJournal(service, look({ ...record, newest }));
      await this.store.finishRequest(service, id, { result: 'Done', message: 'seen' });
    }
  }

  async #endRun(run: StoredObject): Promise<void> {
    if (run.ownerReferences.length === 0) return;
    if (!this.created.includes(run.name)) this.created.push(run.name);
    if ((await this.store.readJournal<RunRecord>(run))?.step === 'Ended') return;
    const { recipe } = run.spec as { recipe: string };
    const cancel = run.requests.find(({ verb }) => verb === 'cancel');
    const end = cancel ? ended('Cancelled', 'cancelled') : (this.scripts.get(recipe) ?? (() => GREEN))(run);
    if (end === 'Hold') return;
    await this.store.writeJournal(run, { step: 'Ended', attempts: [], tornDown: true, ...end });
    if (cancel) await this.store.finishRequest(run, cancel.id, { result: 'Done', message: 'cancelling' });
  }

  async #promote(name: string, { version, daysAgo = 1 }: { version: string; daysAgo?: number }): Promise<void> {
    const directory = join(this.state, 'canonicals', name);
    const set = join(directory, 'generations', 'g1');
    await mkdir(set, { recursive: true });
    await writeManifest(
      set,
      sealManifest({
        ...{ format: 1, id: 'g1', recipe: name, source: '/recipes/x', version, commit: commitOf(version) },
        ...{ domain: 'd', createdTime: toTime(this.clock.now() - daysAgo * DAY_MS), volumes: [], bytes: 0 },
      }),
    );
    await symlink(join('generations', 'g1'), join(directory, 'known-good'));
  }
}

/** A made-up commit of a tag. */
export function commitOf(tag: string): string {
  return Buffer.from(tag).toString('hex').padEnd(40, '0').slice(0, 40);
}

/** A healthy service at a version. */
export function warmRecord(version: string): WarmRecord {
  const time = toTime(START);
  const ready = { type: 'Ready', status: 'True', reason: 'Healthy', message: '', lastTransitionTime: time } as const;
  const lastGood = {
    format: 1,
    version,
    commit: commitOf(version),
    source: '/recipes/x',
    operation: 'w',
    time,
  } as const;
  return { domain: 'd', lastGood, history: [], conditions: [{ ...ready, observedGeneration: 1 }] };
}

/** A run that ended so. */
export function ended(
  reason: NonNullable<RunEnd['outcome']>['reason'],
  message: string,
  more: Partial<NonNullable<RunEnd['outcome']>> = {},
): RunEnd {
  return { outcome: { reason, message, level: 0, ...more } };
}
