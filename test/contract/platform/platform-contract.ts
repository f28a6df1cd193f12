import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { type ErrorCode, hasCode } from '../../../lib/errors.ts';
import { type Convergence, convergence } from '../../../lib/platform/convergence.ts';
import type {
  AppObservation,
  AppRef,
  AppSpec,
  Platform,
  Revision,
  ServiceUsage,
  UsageKind,
} from '../../../lib/platform/platform.ts';
import { deployTo } from './deploy-to.ts';

export type ContractConduct = 'Serves' | 'CrashLoops' | 'Completes' | 'Fails';

export interface ContractService {
  conduct?: ContractConduct;
  replicas?: number;
  restart?: 'any' | 'on-failure' | 'none';
  /** Port names; the empty string is the main one. */
  ports?: readonly string[];
  /** What a service that serves allocates and keeps, bytes. */
  holdsBytes?: number;
}

/** What a commit of the contract's recipe holds. */
export interface ContractRecipe {
  services?: Readonly<Record<string, ContractService>>;
  volumes?: readonly string[];
  /** The platform under test cannot run it. */
  unsupported?: true;
}

export interface ContractSubject {
  platform: Platform;
  /** Zone of the domains, where several suites share one engine. */
  zone?: string;
  /** A new adapter over the same engine and state, as after a restart of the controller. */
  reopen(): Platform;
  /** The real id of a commit that the suite calls `name`; default: the name itself. */
  commitOf?(domain: string, name: string): string;
  /** Makes the app's own checkout of a commit. */
  revision(domain: string, commit: string, recipe?: ContractRecipe): Promise<{ app: AppSpec; revision: Revision }>;
  /** Begins `method` and dies in the midst of it; whether anything was done is open. */
  die(method: 'deploy' | 'undeploy' | 'destroy', app: AppSpec, revision: Revision): Promise<void>;
  close(): Promise<void>;
}

const never = new AbortController().signal;
const CRASHING: ContractRecipe = { services: { app: { conduct: 'CrashLoops' } } };

const POLL_MS = 25;
const SLOWEST_POLL_MS = 200;

/**
 * Polls until `seen` holds, more slowly with time: what takes long is held up by looks at it. The bound only keeps a
 * broken subject from hanging.
 */
export async function until<T>(look: () => Promise<T>, seen: (value: T) => boolean, boundMs = 60_000): Promise<T> {
  const started = systemClock.monotonicMs();
  for (;;) {
    const value = await look();
    if (seen(value)) return value;
    const elapsedMs = systemClock.monotonicMs() - started;
    if (elapsedMs > boundMs) expect.fail(`still ${JSON.stringify(value)}`);
    await systemClock.sleep(Math.min(SLOWEST_POLL_MS, POLL_MS + elapsedMs / 10));
  }
}

/** The code with which `call` fails. */
export async function codeOf(call: Promise<unknown>): Promise<ErrorCode | undefined> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return hasCode(error, error instanceof Error && 'code' in error ? (error.code as ErrorCode) : 'Internal')
    ? error.code
    : undefined;
}

/** The verdict once it is final. */
export async function settled(platform: Platform, domain: string): Promise<Convergence> {
  const judge = async () =>
    convergence(await platform.observe({ domain }, never), { sinceMs: 0, now: systemClock.now() });
  return await until(judge, ({ state }) => state !== 'Converging');
}

/** The failure, once there is one: a task that will crash runs for a moment first. */
export async function failure(platform: Platform, domain: string): Promise<Convergence> {
  const judge = async () =>
    convergence(await platform.observe({ domain }, never), { sinceMs: 0, now: systemClock.now() });
  return await until(judge, ({ state }) => state === 'Failed');
}

/** A part of the suite, so that a platform whose every step takes seconds can be tested in several files at once. */
export interface Shard {
  /** From 0. */
  index: number;
  of: number;
}

/** What every platform promises. `makeSubject` gives a fresh one; it is closed after each test. */
export function platformContract(
  name: string,
  makeSubject: () => Promise<ContractSubject>,
  shard: Shard = { index: 0, of: 1 },
): void {
  let tests = 0;
  const it = (title: string, run: () => Promise<void>): void => {
    if (tests++ % shard.of === shard.index) globalThis.it(title, run);
  };
  describe(`platform contract: ${name} ${shard.index + 1}/${shard.of}`, () => {
    let subject: ContractSubject;
    let platform: Platform;
    let notes: string;

    beforeEach(async () => {
      subject = await makeSubject();
      platform = subject.platform;
      notes = `notes.${subject.zone ?? 'ci.localhost'}`;
    });

    afterEach(async () => {
      await subject.close();
    });

    const observe = async (domain = notes): Promise<AppObservation> => await platform.observe({ domain }, never);
    const volumePath = async (volume = 'data', domain = notes): Promise<string> => {
      const found = (await platform.volumes({ domain }, never)).find((one) => one.name === volume);
      return found?.path ?? expect.fail(`no volume ${volume}`);
    };
    const idOf = (name: string): string => subject.commitOf?.(notes, name) ?? name;
    const deployed = async (commit = 'a1', recipe?: ContractRecipe, domain = notes) => {
      const made = await subject.revision(domain, commit, recipe);
      await deployTo(platform, made.app, made.revision);
      return made;
    };
    const started = (seen: AppObservation) => seen.services.map(({ tasks }) => tasks[0]?.startedAt);
    /** What is left of an app but what comes and goes: processes of health checks, containers of tasks that ended. */
    const lasting = async (app: AppRef) =>
      (await platform.leftovers(app, never)).filter((one) => !/^(?:process|container) /.test(one));
    const domains = async () => (await platform.apps(never)).map(({ domain }) => domain);

    it('has an identity that a restart does not change', async () => {
      expect(await subject.reopen().identity(never)).to.deep.equal(await platform.identity(never));
    });

    it('an app that never was: nothing is there, and removing it is success', async () => {
      expect(await observe()).to.deep.equal({ deployed: false, services: [], volumes: [], endpoints: [], ignored: [] });
      await platform.undeploy({ domain: notes }, never);
      await platform.stopServices({ domain: notes }, never);
      await platform.destroy({ domain: notes }, never);
      expect(await platform.leftovers({ domain: notes }, never)).to.deep.equal([]);
      expect(await domains()).to.deep.equal([]);
    });

    it('starting services of an app that is not deployed is NotFound', async () => {
      expect(await codeOf(platform.startServices({ domain: notes }, never))).to.equal('NotFound');
    });

    it('deploys: commit, version, endpoints and volumes are seen, and it comes up', async () => {
      const recipe = { services: { app: { ports: ['', 'admin'] } }, volumes: ['data', 'media'] };
      await deployed('a1', recipe);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      const seen = await observe();
      expect(seen).to.include({ deployed: true, commit: idOf('a1'), version: '1.0.0+a1' });
      expect(seen.endpoints.map(({ service, name: port }) => [service, port])).to.deep.equal([
        ['app', ''],
        ['app', 'admin'],
      ]);
      expect(new Set(seen.endpoints.map(({ port }) => port)).size).to.equal(2);
      expect(seen.volumes.map(({ name: volume }) => volume)).to.deep.equal(['data', 'media']);
      expect(await domains()).to.deep.equal([notes]);
    });

    it('T68 what was done is seen at once, also by an adapter opened before', async () => {
      const other = subject.reopen();
      expect(await other.observe({ domain: notes }, never)).to.include({ deployed: false });
      await deployed('a1');
      expect(await other.observe({ domain: notes }, never)).to.include({ deployed: true, commit: idOf('a1') });
      await platform.undeploy({ domain: notes }, never);
      expect(await other.observe({ domain: notes }, never)).to.include({ deployed: false });
    });

    it('deploying the same again touches no running task', async () => {
      const { app, revision } = await deployed();
      await settled(platform, notes);
      const before = await observe();
      await deployTo(platform, app, revision);
      await deployTo(subject.reopen(), app, revision);
      expect(started(await observe())).to.deep.equal(started(before));
    });

    it('upgrades in place: new commit, same ports, same data, old tasks are not current', async () => {
      await deployed('a1');
      await settled(platform, notes);
      const before = await observe();
      await writeFile(join(await volumePath(), 'kept'), 'yes');
      await deployed('b2');
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      const seen = await observe();
      expect(seen).to.include({ deployed: true, commit: idOf('b2'), version: '1.0.0+b2' });
      expect(seen.endpoints).to.deep.equal(before.endpoints);
      expect(await readFile(join(await volumePath(), 'kept'), 'utf8')).to.equal('yes');
      expect(seen.services[0]?.tasks.map(({ current }) => current)).to.deep.equal([true, false]);
    });

    it('T70 A→B→A ends as A', async () => {
      await deployed('a1');
      await deployed('b2');
      await deployed('a1');
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect(await observe()).to.include({ commit: idOf('a1') });
    });

    it('an upgrade may add and drop services', async () => {
      await deployed('a1', { services: { app: {}, cache: {} } });
      await deployed('b2', { services: { app: {}, worker: {} } });
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect((await observe()).services.map(({ name: service }) => service)).to.have.members(['app', 'worker']);
    });

    it('a crash-looping upgrade leaves data and ports for the way back', async () => {
      await deployed('a1');
      const before = await observe();
      await deployed('b2', CRASHING);
      expect(await failure(platform, notes)).to.include({ reason: 'CrashLoop' });
      await deployed('a1');
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect((await observe()).endpoints).to.deep.equal(before.endpoints);
    });

    it('T26 a crash loop is seen, with exit code and service', async () => {
      await deployed('a1', CRASHING);
      expect(await failure(platform, notes)).to.include({ reason: 'CrashLoop', service: 'app', exitCode: 1 });
    });

    it('a one-shot that did its work is up', async () => {
      const recipe = { services: { app: {}, init: { conduct: 'Completes', restart: 'none' } } } as const;
      const { app, revision } = await deployed('a1', recipe);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      const init = async () => (await observe()).services.find(({ name: service }) => service === 'init');
      await until(init, (seen) => seen?.tasks[0]?.state === 'Exited');
      await deployTo(platform, app, revision);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect((await init())?.tasks.map(({ state, exitCode }) => [state, exitCode])).to.deep.equal([['Exited', 0]]);
    });

    it('a failed one-shot has failed for good', async () => {
      await deployed('a1', { services: { app: {}, init: { conduct: 'Fails', restart: 'none' } } });
      expect(await failure(platform, notes)).to.include({ reason: 'ExitedForGood', service: 'init', exitCode: 1 });
    });

    it('T28 no replicas: no task, and it is up', async () => {
      await deployed('a1', { services: { app: {}, off: { replicas: 0 } } });
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      const off = (await observe()).services.find(({ name: service }) => service === 'off');
      expect(off).to.deep.include({ replicas: 0, tasks: [] });
    });

    it('what it cannot run is Unsupported before anything is touched', async () => {
      const { app, revision } = await subject.revision(notes, 'a1', { unsupported: true });
      const before = await platform.leftovers({ domain: notes }, never);
      expect(await codeOf(platform.prepare(app, revision, never))).to.equal('Unsupported');
      expect(await platform.leftovers({ domain: notes }, never)).to.deep.equal(before);
    });

    it('prepare touches nothing', async () => {
      const { app, revision } = await subject.revision(notes, 'a1');
      const before = await platform.leftovers({ domain: notes }, never);
      await platform.prepare(app, revision, never);
      expect(await platform.leftovers({ domain: notes }, never)).to.deep.equal(before);
    });

    it('what was prepared can be deployed again: it touches no running task', async () => {
      const { app, revision } = await subject.revision(notes, 'a1');
      const prepared = await platform.prepare(app, revision, never);
      await platform.deploy(prepared, never);
      await settled(platform, notes);
      const before = await observe();
      await platform.deploy(prepared, never);
      expect(started(await observe())).to.deep.equal(started(before));
    });

    it('what was prepared before the app was changed is a Conflict, and touches nothing', async () => {
      const app = { domain: notes };
      const first = await subject.revision(notes, 'a1');
      const next = await subject.revision(notes, 'b2');
      const changes: [string, () => Promise<unknown>][] = [
        ['volumes made', () => platform.ensureVolumes(app, ['data'], never)],
        ['volumes recorded as they were', () => platform.recordVolumes(app, ['data'], never)],
        ['deployed', () => deployTo(platform, first.app, first.revision)],
        ['stopped', () => platform.stopServices(app, never)],
        ['started, by another adapter', () => subject.reopen().startServices(app, never)],
        ['undeployed, by another adapter', () => subject.reopen().undeploy(app, never)],
        ['destroyed', () => platform.destroy(app, never)],
      ];
      const starts = ['deployed', 'started, by another adapter'];
      for (const [what, change] of changes) {
        const prepared = await platform.prepare(next.app, next.revision, never);
        await change();
        if (starts.includes(what)) await settled(platform, notes);
        const before = await observe();
        const left = await lasting(app);
        expect(await codeOf(platform.deploy(prepared, never)), what).to.equal('Conflict');
        const seen = await observe();
        expect([seen.deployed, seen.commit], what).to.deep.equal([before.deployed, before.commit]);
        // Tasks of an app that is stopped go when they like.
        if (starts.includes(what)) expect(started(seen), what).to.deep.equal(started(before));
        expect(await lasting(app), what).to.deep.equal(left);
      }
      await deployTo(platform, next.app, next.revision);
      expect(await observe()).to.include({ commit: idOf('b2') });
    });

    it('what was prepared with another value of a secret is a Conflict', async () => {
      const { app, revision } = await subject.revision(notes, 'a1');
      const directory = await mkdtemp(join(tmpdir(), 'cc-contract-'));
      const file = join(directory, 'key');
      await writeFile(file, 'first value');
      const prepared = await platform.prepare({ ...app, secrets: { key: file } }, revision, never);
      await writeFile(file, 'other value');
      expect(await codeOf(platform.deploy(prepared, never))).to.equal('Conflict');
      await writeFile(file, 'first value');
      await platform.deploy(prepared, never);
      expect(await observe()).to.include({ commit: idOf('a1') });
      await rm(directory, { recursive: true });
    });

    it('what nobody prepared here is a Conflict', async () => {
      const prepared = await subject.revision(notes, 'a1');
      expect(await codeOf(platform.deploy(prepared, never))).to.equal('Conflict');
      expect(await domains()).to.deep.equal([]);
    });

    it('stops and starts services, twice each: same commit, same data, up again', async () => {
      await deployed();
      await settled(platform, notes);
      await writeFile(join(await volumePath(), 'kept'), 'yes');
      for (let time = 0; time < 2; time += 1) await platform.stopServices({ domain: notes }, never);
      const stopped = await observe();
      expect(stopped).to.include({ deployed: true, commit: idOf('a1') });
      expect(stopped.services[0]?.tasks.some(({ state }) => state === 'Running')).to.equal(false);
      for (let time = 0; time < 2; time += 1) await platform.startServices({ domain: notes }, never);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect(await readFile(join(await volumePath(), 'kept'), 'utf8')).to.equal('yes');
    });

    it('a deploy of stopped services starts them', async () => {
      const { app, revision } = await deployed();
      await platform.stopServices({ domain: notes }, never);
      await deployTo(platform, app, revision);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
    });

    it('T06 undeploys, twice: nothing runs, volumes stay, a redeploy has the data and the ports', async () => {
      const { app, revision } = await deployed();
      const { endpoints } = await observe();
      await writeFile(join(await volumePath(), 'kept'), 'yes');
      for (let time = 0; time < 2; time += 1) await platform.undeploy({ domain: notes }, never);
      const seen = await observe();
      expect(seen).to.deep.include({ deployed: false, services: [], endpoints: [] });
      expect(seen).to.not.have.property('commit');
      expect(await readFile(join(await volumePath(), 'kept'), 'utf8')).to.equal('yes');
      expect(await domains()).to.deep.equal([notes]);
      await deployTo(platform, app, revision);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect(await readFile(join(await volumePath(), 'kept'), 'utf8')).to.equal('yes');
      expect((await observe()).endpoints).to.deep.equal(endpoints);
    });

    it('destroys a running app, twice: nothing is left', async () => {
      await deployed();
      const path = await volumePath();
      for (let time = 0; time < 2; time += 1) await platform.destroy({ domain: notes }, never);
      expect(await platform.leftovers({ domain: notes }, never)).to.deep.equal([]);
      expect(await platform.volumes({ domain: notes }, never)).to.deep.equal([]);
      expect(existsSync(path)).to.equal(false);
      expect(await domains()).to.deep.equal([]);
    });

    it('names what is left of an app that is not destroyed', async () => {
      await deployed();
      await platform.undeploy({ domain: notes }, never);
      const left = await platform.leftovers({ domain: notes }, never);
      expect(left).to.include('volume data');
      expect(left.some((line) => line.startsWith('port '))).to.equal(true);
    });

    it('two apps and names that look alike do not disturb each other', async () => {
      const others = [`${notes}2`, `a.${notes}`, notes.slice(0, -1)];
      await Promise.all([notes, ...others].map((domain) => deployed('a1', undefined, domain)));
      for (const domain of [notes, ...others]) await settled(platform, domain);
      const before = await Promise.all(others.map((domain) => observe(domain)));
      const { endpoints: mine } = await observe();
      const ports = [...before.flatMap(({ endpoints }) => endpoints), ...mine].map(({ port }) => port);
      expect(new Set(ports).size).to.equal(4);
      await platform.undeploy({ domain: notes }, never);
      await platform.destroy({ domain: notes }, never);
      expect(await Promise.all(others.map((domain) => observe(domain)))).to.deep.equal(before);
      expect(await domains()).to.have.members(others);
    });

    it('ensureVolumes makes volumes of an app that is not deployed, idempotent; a deploy keeps their bytes', async () => {
      for (let time = 0; time < 2; time += 1) {
        const made = await platform.ensureVolumes({ domain: notes }, ['data'], never);
        expect(made.map(({ name: volume }) => volume)).to.deep.equal(['data']);
        await writeFile(join(await volumePath(), 'kept'), 'yes');
      }
      expect(await observe()).to.include({ deployed: false });
      expect(await domains()).to.deep.equal([notes]);
      await deployed();
      expect(await readFile(join(await volumePath(), 'kept'), 'utf8')).to.equal('yes');
    });

    it('recordVolumes: a volume that a restore put aside is no longer missed', async () => {
      const { app, revision } = await deployed();
      const path = await volumePath();
      await platform.undeploy({ domain: notes }, never);
      await rm(path, { recursive: true });
      await platform.recordVolumes({ domain: notes }, [], never);
      await deployTo(platform, app, revision);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect((await platform.volumes({ domain: notes }, never)).map(({ name: volume }) => volume)).to.deep.equal([
        'data',
      ]);
    });

    it('I16 a recorded volume that is gone is DataMissing, until it is restored', async () => {
      const { app, revision } = await deployed();
      const path = await volumePath();
      await platform.undeploy({ domain: notes }, never);
      await rm(path, { recursive: true });
      expect(await codeOf(deployTo(platform, app, revision))).to.equal('DataMissing');
      expect(await codeOf(deployTo(subject.reopen(), app, revision))).to.equal('DataMissing');
      expect(await platform.volumes({ domain: notes }, never)).to.deep.equal([]);
      expect(await observe()).to.include({ deployed: false });
      await platform.ensureVolumes({ domain: notes }, ['data'], never);
      await deployTo(platform, app, revision);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
    });

    it('I16 stopped services do not start over a lost volume', async () => {
      await deployed();
      await platform.stopServices({ domain: notes }, never);
      await rm(await volumePath(), { recursive: true });
      expect(await codeOf(platform.startServices({ domain: notes }, never))).to.equal('DataMissing');
    });

    it('nothing begins after the signal', async () => {
      const { app, revision } = await subject.revision(notes, 'a1');
      const gone = AbortSignal.abort();
      expect(await codeOf(deployTo(platform, app, revision, gone))).to.equal('Aborted');
      expect(await observe()).to.include({ deployed: false });
      await deployTo(platform, app, revision);
      for (const call of [
        platform.undeploy(app, gone),
        platform.destroy(app, gone),
        platform.stopServices(app, gone),
      ]) {
        expect(await codeOf(call)).to.equal('Aborted');
      }
      expect(await observe()).to.include({ deployed: true, commit: idOf('a1') });
    });

    it('T50 killed in the midst of a deploy: repeated, it ends the same', async () => {
      const { app, revision } = await subject.revision(notes, 'a1');
      await subject.die('deploy', app, revision);
      const later = subject.reopen();
      await deployTo(later, app, revision);
      expect(await settled(later, notes)).to.deep.equal({ state: 'Up' });
      expect((await observe()).services[0]?.tasks.filter(({ state }) => state === 'Running')).to.have.lengthOf(1);
    });

    it('T50 killed in the midst of an upgrade: the commit is never claimed too early, and it ends the same', async () => {
      await deployed('a1');
      await settled(platform, notes);
      const { app, revision } = await subject.revision(notes, 'b2');
      await subject.die('deploy', app, revision);
      const seen = await observe();
      expect(seen.commit).to.be.oneOf([undefined, idOf('a1'), idOf('b2')]);
      await deployTo(subject.reopen(), app, revision);
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      expect(await observe()).to.include({ commit: idOf('b2') });
    });

    it('T50 killed in the midst of an undeploy: never taken for undeployed while something runs', async () => {
      const { app, revision } = await deployed();
      await subject.die('undeploy', app, revision);
      await subject.reopen().undeploy({ domain: notes }, never);
      expect(await observe()).to.deep.include({ deployed: false, services: [] });
    });

    it('T50 killed in the midst of a destroy: repeated, nothing is left', async () => {
      const { app, revision } = await deployed();
      await subject.die('destroy', app, revision);
      await subject.reopen().destroy({ domain: notes }, never);
      expect(await platform.leftovers({ domain: notes }, never)).to.deep.equal([]);
    });

    it('exec answers output and exit code; an unknown service or app is NotFound', async () => {
      await deployed();
      const result = await platform.exec({ domain: notes }, 'app', ['echo', 'hello', 'there'], {});
      expect(result).to.include({ exitCode: 0, outcome: 'Exited' });
      expect(result.stdout.trim()).to.match(/hello there$/);
      expect(await codeOf(platform.exec({ domain: notes }, 'nope', ['true'], {}))).to.equal('NotFound');
      await platform.undeploy({ domain: notes }, never);
      expect(await codeOf(platform.exec({ domain: notes }, 'app', ['true'], {}))).to.equal('NotFound');
    });

    it('usage: what a service holds and wrote is told, and not much more; who is gone is absent', async () => {
      const held = 64 * 2 ** 20;
      const written = 6 * 2 ** 20;
      await deployed('a1', { services: { app: { holdsBytes: held }, off: { replicas: 0 } } });
      expect(await settled(platform, notes)).to.deep.equal({ state: 'Up' });
      await writeFile(join(await volumePath(), 'written'), randomBytes(written));
      await link(join(await volumePath(), 'written'), join(await volumePath(), 'again'));
      await symlink('/', join(await volumePath(), 'elsewhere'));
      const usage = async (...kinds: UsageKind[]) => await platform.usage({ domain: notes }, kinds, never);
      const sum = ([app]: readonly ServiceUsage[]) => (app?.memory ?? []).reduce((all, { bytes }) => all + bytes, 0);
      const seen = await until(
        () => usage('Memory', 'Disk'),
        (now) => sum(now) >= held,
      );
      const [app, off] = seen;
      expect([app?.service, off?.service]).to.deep.equal(['app', 'off']);
      expect(sum(seen)).to.be.within(held, 4 * held);
      expect(app?.diskBytes).to.be.within(written, 1.5 * written);
      expect(app).to.not.have.any.keys('memoryGap', 'diskGap');
      expect(off).to.include({ memoryGap: 'NotRunning' }).and.to.not.have.property('memory');
      const ids = async () => (await usage('Memory'))[0]?.memory?.map(({ id }) => id);
      expect(await ids()).to.deep.equal(app?.memory?.map(({ id }) => id));
      expect((await usage('Memory'))[0]).to.not.have.property('diskBytes');
      await platform.undeploy({ domain: notes }, never);
      expect(await usage('Memory', 'Disk')).to.deep.equal([]);
      expect(await platform.usage({ domain: `never.${notes}` }, ['Memory'], never)).to.deep.equal([]);
    });

    it('usage: stopped services hold nothing, and one that crashes while it is measured hurts nobody', async () => {
      await deployed('a1', { services: { app: {}, loop: { conduct: 'CrashLoops' } } });
      const names = (all: readonly ServiceUsage[]) => all.map(({ service }) => service);
      for (let time = 0; time < 10; time += 1) {
        const seen = await platform.usage({ domain: notes }, ['Memory', 'Disk'], never);
        expect(names(seen)).to.have.members(['app', 'loop']);
      }
      await platform.stopServices({ domain: notes }, never);
      for (const one of await platform.usage({ domain: notes }, ['Memory'], never)) {
        expect(one).to.include({ memoryGap: 'NotRunning' }).and.to.not.have.property('memory');
      }
    });

    it('tells a watcher and ends with its signal', async () => {
      const heard: string[] = [];
      const stop = new AbortController();
      const watching = platform.watch((domain) => heard.push(domain), stop.signal);
      await until(
        async () => {
          await platform.destroy({ domain: `other.${notes}` }, never);
          await deployed('a1', undefined, notes);
          await platform.undeploy({ domain: notes }, never);
          return heard;
        },
        (domains) => domains.includes(notes),
      );
      stop.abort();
      await watching;
    });
  });
}
