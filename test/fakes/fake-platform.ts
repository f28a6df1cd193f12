import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { CcError } from '../../lib/errors.ts';
import { mainPortUrl } from '../../lib/platform/main-port-url.ts';
import type {
  AppObservation,
  AppRef,
  AppSpec,
  Endpoint,
  ExecOptions,
  ExecResult,
  LogLine,
  LogOptions,
  Platform,
  PlatformIdentity,
  Prepared,
  Revision,
  ServiceUsage,
  TaskObservation,
  UsageKind,
  Volume,
} from '../../lib/platform/platform.ts';
import { Preparations } from '../../lib/platform/preparations.ts';
import { SIBLING_PREFIX } from '../../lib/snapshot/sibling-names.ts';
import { type FakeApp, type FakeBehaviour, type FakeService, observeService, tasksOf } from './fake-app.ts';
import { fakeUsage } from './fake-usage.ts';
import { StaleAnswers } from './stale-answers.ts';

export interface FakeCall {
  method: keyof Platform;
  domain?: string;
  commit?: string;
}

type Mutation = 'deploy' | 'undeploy' | 'destroy';

export interface FakePlatformOptions {
  clock: Clock;
  engineId?: string;
  kind?: PlatformIdentity['kind'];
  firstPort?: number;
}

const CHANGING: ReadonlySet<keyof Platform> = new Set([
  ...(['ensureVolumes', 'recordVolumes', 'stopServices', 'startServices', 'undeploy', 'destroy'] as const),
]);
const DEFAULT_SERVICES: readonly FakeService[] = [{ name: 'app', ports: [''] }];

/** {@link Platform} in memory, volumes in a temp directory; counts calls, fails, hangs and dies half-way on demand. */
export class FakePlatform implements Platform {
  readonly calls: FakeCall[] = [];
  /** Below it `<domain>/<volume>`; exists after {@link open}. */
  directory = '';
  /** Apps answer at their domain, by this scheme; absent: at their main port. */
  routed: 'http' | 'https' | undefined;
  /** Where all apps answer that say nothing else; absent: at their route, or at their main port. */
  url: string | undefined;
  /** Where the app at a domain answers, before all the others; undefined: as they say. */
  urlOf: (domain: string) => string | undefined = () => undefined;
  engineId: string;
  readonly #clock: Clock;
  readonly #kind: PlatformIdentity['kind'];
  readonly #behaviours = new Map<string, FakeBehaviour>();
  readonly #apps = new Map<string, FakeApp>();
  readonly #failures = new Map<keyof Platform, Error[]>();
  readonly #hangs = new Map<keyof Platform, number>();
  readonly #stale = new StaleAnswers();
  readonly #deaths = new Set<Mutation>();
  /** Calls that changed an app, by domain. */
  readonly #changes = new Map<string, number>();
  readonly #preparations = new Preparations<void>((domain) => String(this.#changes.get(domain) ?? 0));
  readonly #watchers = new Set<(domain: string) => void>();
  #nextPort: number;

  constructor(options: FakePlatformOptions) {
    this.#clock = options.clock;
    this.#kind = options.kind ?? 'Process';
    this.engineId = options.engineId ?? 'fake-engine';
    this.#nextPort = options.firstPort ?? 20_000;
  }

  /** Makes the temp directory; call it before anything else. */
  async open(): Promise<this> {
    this.directory = await mkdtemp(join(tmpdir(), 'ccci-fake-'));
    return this;
  }

  /** Removes the temp directory. */
  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Sets what `commit` does from its next start on. */
  behave(commit: string, behaviour: FakeBehaviour): void {
    this.#behaviours.set(commit, behaviour);
  }

  /** The next call of `method` that is not yet provided for throws `error`, before any effect. */
  failNext(method: keyof Platform, error: Error): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  /** What {@link failNext} ordered and no call has met is off. */
  forgetFailures(): void {
    this.#failures.clear();
  }

  /** The next call of `method` about `domain` is answered as it would be now: an old listing, once. */
  async staleNext(method: 'observe' | 'volumes' | 'leftovers', domain: string): Promise<void> {
    this.#stale.keep(method, domain, await this[method]({ domain }, new AbortController().signal));
  }

  /** The next call of `method` does nothing until its signal is aborted. */
  hangNext(method: keyof Platform): void {
    this.#hangs.set(method, (this.#hangs.get(method) ?? 0) + 1);
  }

  /** The next `method` does half of its work and throws `Internal`, as if the caller had been killed there. */
  dieHalfway(method: Mutation): void {
    this.#deaths.add(method);
  }

  /** Number of calls of `method` so far. */
  count(method: keyof Platform): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  /** Ends every running task of the app as a crash of the machine would; tells the watchers. */
  crash(domain: string, exitCode = 137): void {
    for (const [, tasks] of this.#apps.get(domain)?.tasks ?? []) {
      for (const { task } of tasks) this.#end(task, exitCode);
    }
    this.#changed(domain);
  }

  /** Somebody else does `what` to the app; everything of it ends. `Gone`: nothing is left but volumes. */
  meddle(domain: string, what: string, left: 'Something' | 'Gone' = 'Something'): void {
    const app = this.#apps.get(domain);
    if (!app) throw new Error(`nobody can change ${domain}: it is not there`);
    this.#stop(app);
    if (left === 'Gone') delete app.applied;
    else app.changedByOthers = what;
    this.#changed(domain);
  }

  /** Removes a volume behind the platform's back, as a lost disk would; it stays recorded. */
  async loseVolume(domain: string, name: string): Promise<void> {
    await rm(this.#volumePath(domain, name), { recursive: true, force: true });
  }

  async identity(signal: AbortSignal): Promise<PlatformIdentity> {
    await this.#enter({ method: 'identity' }, signal);
    return { kind: this.#kind, engineId: this.engineId };
  }

  async observe({ domain }: AppRef, signal: AbortSignal): Promise<AppObservation> {
    await this.#enter({ method: 'observe', domain }, signal);
    const stale = this.#stale.take<AppObservation>('observe', domain);
    if (stale) return stale;
    const app = this.#apps.get(domain);
    const volumes = await this.#listVolumes(domain);
    if (!app?.applied) {
      return { deployed: app?.torn ?? false, services: [], volumes, endpoints: [], ignored: [] };
    }
    const { revision } = app.applied;
    const endpoints = this.#endpoints(app, revision.commit);
    const route = this.routed && `${this.routed}://${domain}`;
    const { unrouted } = this.#behaviour(revision.commit);
    const own = this.urlOf(domain) ?? this.#behaviour(revision.commit).url;
    const url = own ?? this.url ?? route ?? mainPortUrl(endpoints);
    return {
      deployed: true,
      ...(app.torn ? {} : { commit: revision.commit }),
      ...(app.torn || revision.version === undefined ? {} : { version: revision.version }),
      services: this.#services(revision.commit).map((service) => observeService(app, service)),
      volumes,
      endpoints,
      ignored: this.#behaviour(revision.commit).ignored ?? [],
      ...(url === undefined ? {} : { url }),
      ...(unrouted === undefined ? {} : { unrouted }),
      ...(app.changedByOthers === undefined ? {} : { changedByOthers: app.changedByOthers }),
    };
  }

  async prepare(app: AppSpec, revision: Revision, signal: AbortSignal): Promise<Prepared> {
    await this.#enter({ method: 'prepare', domain: app.domain, commit: revision.commit }, signal);
    return await this.#preparations.add(app, revision, async () => this.#refuseUnsupported(revision.commit));
  }

  async deploy(prepared: Prepared, signal: AbortSignal): Promise<void> {
    const { app, revision } = prepared;
    await this.#enter({ method: 'deploy', domain: app.domain, commit: revision.commit }, signal);
    await this.#preparations.deploy(prepared, () => this.#apply(app, revision));
  }

  async #apply(spec: AppSpec, revision: Revision): Promise<void> {
    const app = this.#appOf(spec.domain);
    await this.#ensure(spec.domain, app, this.#behaviour(revision.commit).volumes ?? ['data']);
    this.#allocate(app, revision.commit);
    if (this.#isApplied(app, spec, revision)) return;
    this.#stop(app);
    delete app.changedByOthers;
    this.#changes.set(spec.domain, (this.#changes.get(spec.domain) ?? 0) + 1);
    app.torn = true;
    app.applied = { spec, revision, version: (app.applied?.version ?? 0) + 1 };
    this.#dieHere('deploy');
    app.stopped = false;
    await this.#start(spec.domain, app);
  }

  async undeploy({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await this.#enter({ method: 'undeploy', domain }, signal);
    this.#takeDown(domain, 'undeploy');
  }

  async destroy({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await this.#enter({ method: 'destroy', domain }, signal);
    this.#takeDown(domain, 'destroy');
    await rm(join(this.directory, domain), { recursive: true, force: true });
    this.#apps.delete(domain);
    this.#changed(domain);
  }

  async volumes({ domain }: AppRef, signal: AbortSignal): Promise<Volume[]> {
    await this.#enter({ method: 'volumes', domain }, signal);
    return this.#stale.take<Volume[]>('volumes', domain) ?? (await this.#listVolumes(domain));
  }

  async ensureVolumes({ domain }: AppRef, names: readonly string[], signal: AbortSignal): Promise<Volume[]> {
    await this.#enter({ method: 'ensureVolumes', domain }, signal);
    const app = this.#appOf(domain);
    for (const name of names) {
      await mkdir(this.#volumePath(domain, name), { recursive: true });
      app.volumes.add(name);
    }
    return await this.#listVolumes(domain);
  }

  async recordVolumes({ domain }: AppRef, names: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#enter({ method: 'recordVolumes', domain }, signal);
    this.#appOf(domain).volumes = new Set(names);
  }

  async stopServices({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await this.#enter({ method: 'stopServices', domain }, signal);
    const app = this.#apps.get(domain);
    if (!app?.applied) return;
    this.#stop(app);
    app.stopped = true;
    this.#changed(domain);
  }

  async startServices({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await this.#enter({ method: 'startServices', domain }, signal);
    const app = this.#apps.get(domain);
    if (!app?.applied) throw new CcError('NotFound', `app ${domain} is not deployed`);
    if (!app.stopped) return;
    await this.#ensure(domain, app, [...app.volumes]);
    app.applied.version += 1;
    app.stopped = false;
    await this.#start(domain, app);
  }

  async exec({ domain }: AppRef, service: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    await this.#enter({ method: 'exec', domain }, options.signal);
    const commit = this.#apps.get(domain)?.applied?.revision.commit;
    if (commit === undefined || !this.#services(commit).some(({ name }) => name === service)) {
      throw new CcError('NotFound', `app ${domain} has no deployed service ${service}`);
    }
    const answer = this.#behaviour(commit).exec;
    if (answer) return await answer(service, argv, options);
    return { exitCode: 0, stdout: argv.join(' '), stderr: '', outcome: 'Exited' };
  }

  async *logs({ domain }: AppRef, options: LogOptions): AsyncIterable<LogLine> {
    await this.#enter({ method: 'logs', domain }, options.signal);
    const commit = this.#apps.get(domain)?.applied?.revision.commit;
    if (commit === undefined) return;
    for (const { name, logs = [] } of this.#services(commit)) {
      if (options.service !== undefined && options.service !== name) continue;
      for (const text of logs.slice(Math.max(0, logs.length - (options.tail ?? logs.length))))
        yield { service: name, text };
    }
  }

  async usage({ domain }: AppRef, kinds: readonly UsageKind[], signal: AbortSignal): Promise<ServiceUsage[]> {
    await this.#enter({ method: 'usage', domain }, signal);
    const app = this.#apps.get(domain);
    if (!app?.applied) return [];
    const services = this.#services(app.applied.revision.commit);
    const volumes = await this.#listVolumes(domain);
    return await fakeUsage({ app, services, volumes, kinds, clock: this.#clock }, signal);
  }

  async apps(signal: AbortSignal): Promise<AppRef[]> {
    await this.#enter({ method: 'apps' }, signal);
    return [...this.#apps.keys()].toSorted().map((domain) => ({ domain }));
  }

  async leftovers({ domain }: AppRef, signal: AbortSignal): Promise<string[]> {
    await this.#enter({ method: 'leftovers', domain }, signal);
    const stale = this.#stale.take<string[]>('leftovers', domain);
    if (stale) return stale;
    const app = this.#apps.get(domain);
    if (!app) return [];
    return [
      ...(app.applied ? this.#services(app.applied.revision.commit).map(({ name }) => `service ${name}`) : []),
      ...[...app.ports.values()].map((port) => `port ${port}`),
      ...(await this.#listVolumes(domain)).map(({ name }) => `volume ${name}`),
      `app ${domain}`,
    ];
  }

  async watch(onChange: (domain: string) => void, signal: AbortSignal): Promise<void> {
    this.calls.push({ method: 'watch' });
    if (signal.aborted) return;
    this.#watchers.add(onChange);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    this.#watchers.delete(onChange);
  }

  async #enter(call: FakeCall, signal: AbortSignal | undefined): Promise<void> {
    this.calls.push(call);
    const failure = this.#failures.get(call.method)?.shift();
    if (failure) throw failure;
    const hangs = this.#hangs.get(call.method) ?? 0;
    if (hangs > 0) {
      this.#hangs.set(call.method, hangs - 1);
      await new Promise<void>((resolve) => {
        if (signal?.aborted) resolve();
        else signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    if (signal?.aborted) throw new CcError('Aborted', `${call.method} was aborted`);
    const { domain, method } = call;
    if (domain !== undefined && CHANGING.has(method)) this.#changes.set(domain, (this.#changes.get(domain) ?? 0) + 1);
  }

  #behaviour(commit: string): FakeBehaviour {
    return this.#behaviours.get(commit) ?? {};
  }

  #services(commit: string): readonly FakeService[] {
    return this.#behaviour(commit).services ?? DEFAULT_SERVICES;
  }

  #refuseUnsupported(commit: string): void {
    const { unsupported } = this.#behaviour(commit);
    if (unsupported !== undefined) throw new CcError('Unsupported', unsupported);
  }

  #appOf(domain: string): FakeApp {
    const found = this.#apps.get(domain);
    if (found) return found;
    const app: FakeApp = { stopped: false, torn: false, tasks: new Map(), ports: new Map(), volumes: new Set() };
    this.#apps.set(domain, app);
    return app;
  }

  #isApplied(app: FakeApp, spec: AppSpec, revision: Revision): boolean {
    if (!app.applied || app.torn || app.stopped || app.changedByOthers !== undefined) return false;
    const before = { spec: app.applied.spec, revision: app.applied.revision };
    return JSON.stringify(before) === JSON.stringify({ spec, revision });
  }

  async #ensure(domain: string, app: FakeApp, names: readonly string[]): Promise<void> {
    const present = new Set((await this.#listVolumes(domain)).map(({ name }) => name));
    const lost = [...app.volumes].find((name) => !present.has(name));
    if (lost !== undefined) throw new CcError('DataMissing', `volume ${lost} of ${domain} is recorded but absent`);
    for (const name of names) {
      await mkdir(this.#volumePath(domain, name), { recursive: true });
      app.volumes.add(name);
    }
  }

  #allocate(app: FakeApp, commit: string): void {
    for (const { name, ports = [] } of this.#services(commit)) {
      for (const port of ports) {
        const key = `${name} ${port}`;
        if (!app.ports.has(key)) app.ports.set(key, this.#nextPort++);
      }
    }
  }

  #endpoints(app: FakeApp, commit: string): Endpoint[] {
    return this.#services(commit).flatMap(({ name: service, ports = [] }) =>
      ports.map((name) => ({ service, name, host: '127.0.0.1', port: app.ports.get(`${service} ${name}`) ?? 0 })),
    );
  }

  async #start(domain: string, app: FakeApp): Promise<void> {
    const applied = app.applied;
    if (!applied) return;
    const behaviour = this.#behaviour(applied.revision.commit);
    app.torn = false;
    await behaviour.onStart?.(await this.#listVolumes(domain));
    for (const service of this.#services(applied.revision.commit)) {
      const made = tasksOf(service, this.#clock.now()).map((task) => ({ version: applied.version, task }));
      app.tasks.set(service.name, [...made, ...(app.tasks.get(service.name) ?? [])]);
    }
    this.#changed(domain);
  }

  #stop(app: FakeApp): void {
    for (const tasks of app.tasks.values()) for (const { task } of tasks) this.#end(task, 143);
  }

  #end(task: Omit<TaskObservation, 'current'>, exitCode: number): void {
    if (task.state === 'Exited' || task.state === 'Rejected') return;
    Object.assign(task, { state: 'Exited', exitCode, endedAt: this.#clock.now() });
  }

  #takeDown(domain: string, method: Mutation): void {
    const app = this.#apps.get(domain);
    if (!app) return;
    this.#stop(app);
    app.torn = app.applied !== undefined || app.torn;
    this.#dieHere(method);
    delete app.applied;
    Object.assign(app, { torn: false, stopped: false });
    app.tasks.clear();
    this.#changed(domain);
  }

  #dieHere(method: Mutation): void {
    if (this.#deaths.delete(method)) throw new CcError('Internal', `${method} died half-way`);
  }

  #volumePath(domain: string, name: string): string {
    return join(this.directory, domain, name);
  }

  async #listVolumes(domain: string): Promise<Volume[]> {
    const names = await readdir(join(this.directory, domain)).catch(() => []);
    const own = names.filter((name) => !name.startsWith(SIBLING_PREFIX));
    return own.toSorted().map((name) => ({ name, path: this.#volumePath(domain, name) }));
  }

  #changed(domain: string): void {
    for (const tell of this.#watchers) tell(domain);
  }
}
