import { rm } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { CcError } from '../../errors.ts';
import { removeDurable } from '../../fs/durable.ts';
import { type Log, silentLog } from '../../log.ts';
import { stackNameOf } from '../../recipe/compose.ts';
import type {
  AppObservation,
  AppRef,
  AppSpec,
  ExecOptions,
  ExecResult,
  LogLine,
  LogOptions,
  Platform,
  PlatformIdentity,
  PlatformKind,
  Revision,
  Volume,
} from '../platform.ts';
import { namesIn, type PortRange, PortReservations } from '../port-reservations.ts';
import { translated } from '../translated.ts';
import type { Engine } from './engine.ts';
import { applyStack } from './stack-apply.ts';
import { stackChanges } from './stack-changes.ts';
import { checkStack } from './stack-check.ts';
import type { StackDriver } from './stack-driver.ts';
import { execInStack } from './stack-exec.ts';
import { observeStack } from './stack-observation.ts';
import { emptyRecord, readStackRecord, type StackRecord, undeployedRecord, writeStackRecord } from './stack-record.ts';
import { awaitGone, awaitStopped, type GoneOptions, remaining, removePatiently } from './stack-removal.ts';
import { assertNoneLost, makeVolumes, presentVolumes } from './stack-volumes.ts';
import { SwarmLayout } from './swarm-layout.ts';

export interface SwarmPlatformOptions {
  kind: Exclude<PlatformKind, 'Process'>;
  /** Absolute path. */
  stateDirectory: string;
  instanceId: string;
  clock: Clock;
  log?: Log;
  engine: Engine;
  driver: StackDriver;
  /** Host ports given to `{port:…}` placeholders. */
  hostPorts: PortRange;
  /** Template with `{domain}` of where a routed app answers; default `https://{domain}`. */
  baseUrl?: string | undefined;
}

/**
 * Runs recipes as stacks of a Docker Swarm. How a stack is put there is the driver's; everything that is read, waited
 * for or removed goes through the engine. `swarm.json` of an app is the claim on its stack: what has none is not touched.
 */
export class SwarmPlatform implements Platform {
  readonly #options: SwarmPlatformOptions;
  readonly #layout: SwarmLayout;
  readonly #ports: PortReservations;
  readonly #log: Log;

  constructor(options: SwarmPlatformOptions) {
    const { stateDirectory, hostPorts, clock, log } = options;
    this.#options = options;
    this.#log = log ?? silentLog;
    this.#layout = new SwarmLayout(stateDirectory);
    this.#ports = new PortReservations({ directory: this.#layout.ports, range: hostPorts, clock });
  }

  async identity(signal: AbortSignal): Promise<PlatformIdentity> {
    return await translated('identity', signal, async () => ({
      kind: this.#options.kind,
      engineId: await this.#engineId(signal),
    }));
  }

  async observe({ domain }: AppRef, signal: AbortSignal): Promise<AppObservation> {
    return await translated(`observe ${domain}`, signal, async () => {
      const record = await this.#read(domain);
      if (record === undefined) return { deployed: false, services: [], volumes: [], endpoints: [], ignored: [] };
      const found = await this.#options.engine.stack(record.stack, signal);
      const { commit, version, stack } = record;
      const revision = { commit: commit ?? '', ...(version === undefined ? {} : { version }) };
      return observeStack({
        record,
        found,
        volumes: await presentVolumes(record),
        isRevision:
          commit !== undefined && this.#options.driver.isRevision({ services: found.services, revision, stack }),
      });
    });
  }

  async check(app: AppSpec, revision: Revision, signal: AbortSignal): Promise<void> {
    await translated(`check ${app.domain}`, signal, async () => {
      // Any port will do: nothing is reserved by a check.
      await checkStack({ ...this.#options, app, revision, portOf: async () => 1, signal });
    });
  }

  async deploy(app: AppSpec, revision: Revision, signal: AbortSignal): Promise<void> {
    const { domain } = app;
    await this.check(app, revision, signal);
    await translated(`deploy ${domain}`, signal, async () => {
      const record = await this.#claim(domain, signal);
      const checked = await checkStack({
        ...this.#options,
        app,
        revision,
        portOf: async (use) => (await this.#ports.reserve({ domain, ...use })).port,
        signal,
      });
      await applyStack({ ...this.#options, ...checked, record, write: (next) => this.#write(domain, next), signal });
      this.#log.info('stack applied', { domain, commit: revision.commit });
    });
  }

  async undeploy({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await translated(`undeploy ${domain}`, signal, async () => {
      const record = await this.#read(domain);
      if (record !== undefined) await this.#takeDown(domain, record, signal);
    });
  }

  async destroy({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await translated(`destroy ${domain}`, signal, async () => {
      const record = await this.#read(domain);
      if (record !== undefined) {
        await this.#takeDown(domain, record, signal);
        await this.#removeData(domain, record, signal);
      }
      await this.#ports.release(domain);
      await removeDurable(this.#layout.app(domain));
      this.#log.info('app destroyed', { domain });
    });
  }

  async volumes({ domain }: AppRef, signal: AbortSignal): Promise<Volume[]> {
    return await translated(`volumes ${domain}`, signal, async () => {
      const record = await this.#read(domain);
      return record === undefined ? [] : await presentVolumes(record);
    });
  }

  async ensureVolumes({ domain }: AppRef, names: readonly string[], signal: AbortSignal): Promise<Volume[]> {
    return await translated(`ensureVolumes ${domain}`, signal, async () => {
      const record = await this.#claim(domain, signal);
      const made = await makeVolumes({ ...this.#options, record, names, signal });
      await this.#write(domain, made);
      return await presentVolumes(made);
    });
  }

  async recordVolumes({ domain }: AppRef, names: readonly string[], signal: AbortSignal): Promise<void> {
    await translated(`recordVolumes ${domain}`, signal, async () => {
      const record = await this.#claim(domain, signal);
      await this.#write(domain, { ...record, volumes: names.toSorted() });
    });
  }

  async stopServices({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await translated(`stopServices ${domain}`, signal, async () => {
      const record = await this.#read(domain);
      if (record?.state !== 'Deployed' && record?.state !== 'Stopped') return;
      const { engine } = this.#options;
      await this.#write(domain, { ...record, state: 'Stopped' });
      const { services } = await engine.stack(record.stack, signal);
      for (const { id } of services) await engine.scale(id, 0, signal);
      await awaitStopped(this.#gone(record, signal));
    });
  }

  async startServices({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    await translated(`startServices ${domain}`, signal, async () => {
      const record = await this.#read(domain);
      if (record?.state !== 'Deployed' && record?.state !== 'Stopped') {
        throw new CcError('NotFound', `app ${domain} is not deployed`);
      }
      await assertNoneLost(domain, record, record.mounted);
      if (record.state === 'Deployed') return;
      const { engine } = this.#options;
      const { services } = await engine.stack(record.stack, signal);
      for (const { name, replicas } of record.services) {
        const found = services.find((service) => service.name === `${record.stack}_${name}`);
        if (found) await engine.scale(found.id, replicas, signal);
      }
      await this.#write(domain, { ...record, state: 'Deployed' });
    });
  }

  async exec({ domain }: AppRef, service: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    return await translated(`exec in ${domain}`, options.signal, async () => {
      const record = await this.#read(domain);
      if (!record?.services.some(({ name }) => name === service)) {
        throw new CcError('NotFound', `app ${domain} has no deployed service ${service}`);
      }
      const { engine, clock } = this.#options;
      return await execInStack({ engine, clock, stack: record.stack, service }, argv, options);
    });
  }

  async *logs({ domain }: AppRef, options: LogOptions): AsyncIterable<LogLine> {
    const record = await translated(`logs ${domain}`, options.signal, () => this.#read(domain));
    if (record === undefined) return;
    const { engine } = this.#options;
    const signal = options.signal ?? new AbortController().signal;
    const { services } = await translated(`logs ${domain}`, signal, () => engine.stack(record.stack, signal));
    for (const { id, name } of services.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const service = name.slice(record.stack.length + 1);
      if (options.service !== undefined && options.service !== service) continue;
      const lines = await translated(`logs ${domain}`, signal, () =>
        engine.serviceLogs(id, { signal, ...(options.tail === undefined ? {} : { tail: options.tail }) }),
      );
      for (const { text } of lines) yield { service, text };
    }
  }

  async apps(signal: AbortSignal): Promise<AppRef[]> {
    return await translated('apps', signal, async () => {
      const reserved = (await this.#ports.list()).map(({ domain }) => domain);
      const domains = new Set([...(await namesIn(this.#layout.apps)), ...reserved]);
      return [...domains].toSorted().map((domain) => ({ domain }));
    });
  }

  async leftovers({ domain }: AppRef, signal: AbortSignal): Promise<string[]> {
    return await translated(`leftovers ${domain}`, signal, async () => {
      const record = await this.#read(domain);
      const onEngine = record === undefined ? [] : await this.#onEngine(record, signal);
      const volumes = record === undefined ? [] : await presentVolumes(record);
      const ports = await this.#ports.list(domain);
      const files = await namesIn(this.#layout.app(domain));
      return [
        ...onEngine,
        ...(await this.#options.driver.leftovers({ domain })),
        ...ports.map(({ port }) => `port ${port}`),
        ...volumes.map(({ name }) => `volume ${name}`),
        ...files.toSorted().map((name) => `file ${name}`),
      ];
    });
  }

  async watch(onChange: (domain: string) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const domains = async (): Promise<string[]> => await namesIn(this.#layout.apps);
    await stackChanges({ engine: this.#options.engine, domains, onChange, signal });
  }

  /** @throws CcError `Refused` for a record of another instance. */
  async #read(domain: string): Promise<StackRecord | undefined> {
    const record = await readStackRecord(this.#layout.record(domain));
    if (record === undefined || record.instanceId === this.#options.instanceId) return record;
    throw new CcError('Refused', `app ${domain} belongs to the instance ${record.instanceId}`, {
      remedy: 'Run it with the state directory it was made with.',
    });
  }

  /** The claim on the app's stack, journaled now where there is none and nobody else has such a stack. */
  async #claim(domain: string, signal: AbortSignal): Promise<StackRecord> {
    const engineId = await this.#engineId(signal);
    const record = await this.#read(domain);
    if (record !== undefined) {
      this.#assertSameEngine(domain, record, engineId);
      return record;
    }
    const { instanceId } = this.#options;
    const claim = emptyRecord({ engineId, instanceId, stack: stackNameOf(domain) });
    const found = await this.#onEngine(claim, signal);
    if (found.length > 0) {
      throw new CcError('Conflict', `the stack ${claim.stack} exists and was not made here: ${found.join(', ')}`, {
        remedy: 'Choose another app.domain, or remove that stack and its volumes, secrets and configs by hand.',
      });
    }
    await this.#write(domain, claim);
    return claim;
  }

  #assertSameEngine(domain: string, record: StackRecord, engineId: string): void {
    if (record.engineId === engineId) return;
    throw new CcError(
      'Refused',
      `app ${domain} is on the swarm ${record.engineId}, the one that answers is ${engineId}`,
      {
        remedy: 'Connect to that swarm again.',
      },
    );
  }

  async #engineId(signal: AbortSignal): Promise<string> {
    const { clusterId, manager } = await this.#options.engine.identity(signal);
    if (manager) return clusterId;
    throw new CcError('Unreachable', 'this node is not a manager of an active swarm', {
      remedy: 'Run docker swarm init, or connect to a manager with --swarm-socket.',
    });
  }

  /** What the engine has under the stack's label, one line each; volumes of the record excepted. */
  async #onEngine(record: StackRecord, signal: AbortSignal): Promise<string[]> {
    const { engine } = this.#options;
    const { stack, secrets } = record;
    const names = secrets.map(({ versionedName }) => versionedName);
    const known = Object.keys(record.mountpoints).map((name) => `${stack}_${name}`);
    const volumes = (await engine.volumes(stack, signal)).filter(({ name }) => !known.includes(name));
    return [
      ...remaining(await engine.stack(stack, signal)),
      ...(await engine.networks(stack, signal)).map(({ name }) => `network ${name}`),
      ...volumes.map(({ name }) => `volume ${name}`),
      ...(await engine.secrets(stack, names, signal)).map(({ name }) => `secret ${name}`),
      ...(await engine.configs(stack, signal)).map(({ name }) => `config ${name}`),
    ];
  }

  async #takeDown(domain: string, record: StackRecord, signal: AbortSignal): Promise<void> {
    const { engine, driver } = this.#options;
    this.#assertSameEngine(domain, record, await this.#engineId(signal));
    const found = await engine.stack(record.stack, signal);
    if (record.state === 'Undeployed' && remaining(found).length === 0) return;
    await this.#write(domain, { ...record, state: 'Removing' });
    await driver.remove({ domain }, found, signal);
    await awaitGone(this.#gone(record, signal));
    await removePatiently(
      this.#gone(record, signal),
      () => engine.configs(record.stack, signal),
      (id) => engine.removeConfig(id, signal),
    );
    await this.#write(domain, undeployedRecord(record));
  }

  async #removeData(domain: string, record: StackRecord, signal: AbortSignal): Promise<void> {
    const { engine, driver } = this.#options;
    const { stack } = record;
    const gone = this.#gone(record, signal);
    const volumes = async () =>
      (await engine.volumes(stack, signal)).map(({ name }) => ({ id: name, name, labels: {} }));
    await removePatiently(gone, volumes, (name) => engine.removeVolume(name, signal));
    await driver.forget({ domain }, signal);
    const names = record.secrets.map(({ versionedName }) => versionedName);
    await removePatiently(
      gone,
      () => engine.secrets(stack, names, signal),
      (id) => engine.removeSecret(id, signal),
    );
    // Directories of volumes that the engine had forgotten.
    for (const { path } of await presentVolumes(record)) await rm(path, { recursive: true, force: true });
    const left = await this.#onEngine({ ...record, mountpoints: {} }, signal);
    if (left.length === 0) return;
    throw new CcError('Conflict', `of the stack ${stack} there still is: ${left.join(', ')}`, {
      remedy: 'Somebody else made it under the same stack name: remove it by hand.',
    });
  }

  #gone(record: StackRecord, signal: AbortSignal): GoneOptions {
    const { engine, clock } = this.#options;
    return { engine, clock, stack: record.stack, signal };
  }

  async #write(domain: string, record: StackRecord): Promise<void> {
    await writeStackRecord(this.#layout.record(domain), record);
  }
}
