import { present } from '../../api/objects.ts';
import type { Clock } from '../../clock.ts';
import { CcError } from '../../errors.ts';
import { namesIn } from '../../fs/exists.ts';
import { RecordFiles } from '../../fs/record-files.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { type Log, silentLog } from '../../log.ts';
import { Serial } from '../../serial.ts';
import type { AppRef, LogLine, LogOptions, Platform, PlatformKind } from '../platform.ts';
import type { PortOf } from '../port-placeholders.ts';
import { type PortRange, PortReservations } from '../port-reservations.ts';
import { Preparations, recordStamp } from '../preparations.ts';
import { StateLayout } from '../state-layout.ts';
import { translated } from '../translated.ts';
import type { Engine } from './engine/engine.ts';
import { applyStack } from './stack/apply.ts';
import { stackChanges } from './stack/changes.ts';
import { type CheckedStack, checkStack, placeStack } from './stack/check.ts';
import { StackClaims } from './stack/claims.ts';
import type { StackDriver } from './stack/driver.ts';
import { execInStack } from './stack/exec.ts';
import { observeStack } from './stack/observation.ts';
import { type StackRecord, stackRecordPath } from './stack/record.ts';
import { awaitStopped, removeStackData, type TeardownOptions, takeStackDown } from './stack/removal.ts';
import { usageOfStack } from './stack/usage.ts';
import { assertNoneLost, makeVolumes, presentVolumes } from './stack/volumes.ts';
import { SwarmImages } from './swarm-images.ts';

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
  readonly images: SwarmImages;
  readonly #options: SwarmPlatformOptions;
  readonly #layout: StateLayout;
  readonly #claims: StackClaims;
  readonly #ports: PortReservations;
  readonly #preparations: Preparations<CheckedStack>;
  /** One removal of an app at a time: one would write the record in the directory that the other removes. */
  readonly #removals = new Serial();
  readonly #log: Log;

  constructor(options: SwarmPlatformOptions) {
    const { stateDirectory, engine, instanceId, hostPorts, clock, log } = options;
    this.#options = options;
    this.images = new SwarmImages(engine);
    this.#log = log ?? silentLog;
    this.#layout = new StateLayout(stateDirectory);
    this.#preparations = new Preparations((domain) => recordStamp(stackRecordPath(this.#layout, domain)));
    this.#claims = new StackClaims({ engine, instanceId, layout: this.#layout });
    const records = new RecordFiles(stateDirectory);
    this.#ports = new PortReservations({ records, directory: this.#layout.ports, range: hostPorts, clock });
  }

  identity: Platform['identity'] = async (signal) =>
    await translated('identity', signal, async () => ({
      kind: this.#options.kind,
      engineId: await this.#claims.engineId(signal),
    }));

  observe: Platform['observe'] = async ({ domain }, signal) =>
    await translated(`observe ${domain}`, signal, async () => {
      const record = await this.#claims.read(domain);
      if (record === undefined) return { deployed: false, services: [], volumes: [], endpoints: [], ignored: [] };
      const found = await this.#options.engine.stack(record.stack, signal);
      const { commit = '', version, stack } = record;
      const facts = { services: found.services, revision: { commit, ...present({ version }) }, stack };
      const isRevision = commit !== '' && this.#options.driver.isRevision(facts);
      return observeStack({ record, found, volumes: await presentVolumes(record), isRevision });
    });

  prepare: Platform['prepare'] = async (app, revision, signal) =>
    await translated(`prepare ${app.domain}`, signal, () =>
      this.#preparations.add(app, revision, () => checkStack({ ...this.#options, app, revision, signal })),
    );

  deploy: Platform['deploy'] = async (prepared, signal) => {
    const { domain } = prepared.app;
    await translated(`deploy ${domain}`, signal, () =>
      this.#preparations.deploy(prepared, async (checked) => {
        const record = await this.#claims.claim(domain, signal);
        const portOf: PortOf = async (use) => (await this.#ports.reserve({ domain, ...use })).port;
        const placed = await placeStack({ ...this.#options, ...prepared, portOf, signal }, checked);
        const write = (next: StackRecord) => this.#claims.write(domain, next);
        await applyStack({ ...this.#options, ...placed, record, write, signal });
        this.#log.info('stack applied', { domain, commit: prepared.revision.commit });
      }),
    );
  };

  undeploy: Platform['undeploy'] = async ({ domain }, signal) => {
    await this.#removals.run(domain, () =>
      translated(`undeploy ${domain}`, signal, async () => {
        const record = await this.#claims.read(domain);
        if (record !== undefined) await takeStackDown(this.#teardown(domain, record, signal));
      }),
    );
  };

  destroy: Platform['destroy'] = async ({ domain }, signal) => {
    await this.#removals.run(domain, () =>
      translated(`destroy ${domain}`, signal, async () => {
        const record = await this.#claims.read(domain);
        if (record !== undefined) {
          await takeStackDown(this.#teardown(domain, record, signal));
          await removeStackData(this.#teardown(domain, record, signal));
        }
        await this.#ports.release(domain);
        await removeTree(this.#layout.directory(domain));
        this.#log.info('app destroyed', { domain });
      }),
    );
  };

  volumes: Platform['volumes'] = async ({ domain }, signal) =>
    await translated(`volumes ${domain}`, signal, async () => {
      const record = await this.#claims.read(domain);
      return record === undefined ? [] : await presentVolumes(record);
    });

  ensureVolumes: Platform['ensureVolumes'] = async ({ domain }, names, signal) =>
    await translated(`ensureVolumes ${domain}`, signal, async () => {
      const record = await this.#claims.claim(domain, signal);
      const made = await makeVolumes({ ...this.#options, record, names, signal });
      await this.#claims.write(domain, made);
      return await presentVolumes(made);
    });

  recordVolumes: Platform['recordVolumes'] = async ({ domain }, names, signal) => {
    await translated(`recordVolumes ${domain}`, signal, async () => {
      const record = await this.#claims.claim(domain, signal);
      await this.#claims.write(domain, { ...record, volumes: names.toSorted() });
    });
  };

  stopServices: Platform['stopServices'] = async ({ domain }, signal) => {
    await translated(`stopServices ${domain}`, signal, async () => {
      const record = await this.#claims.read(domain);
      if (record?.state !== 'Deployed' && record?.state !== 'Stopped') return;
      const { engine } = this.#options;
      await this.#claims.write(domain, { ...record, state: 'Stopped' });
      const { services } = await engine.stack(record.stack, signal);
      for (const { id } of services) await engine.scale(id, 0, signal);
      await awaitStopped({ ...this.#options, stack: record.stack, signal });
    });
  };

  startServices: Platform['startServices'] = async ({ domain }, signal) => {
    await translated(`startServices ${domain}`, signal, async () => {
      const record = await this.#claims.read(domain);
      if (record?.state !== 'Deployed' && record?.state !== 'Stopped')
        throw new CcError('NotFound', `app ${domain} is not deployed`);
      await assertNoneLost(domain, record, record.mounted);
      if (record.state === 'Deployed') return;
      const { engine } = this.#options;
      const { services } = await engine.stack(record.stack, signal);
      for (const { name, replicas } of record.services) {
        const found = services.find((service) => service.name === `${record.stack}_${name}`);
        if (found) await engine.scale(found.id, replicas, signal);
      }
      await this.#claims.write(domain, { ...record, state: 'Deployed' });
    });
  };

  exec: Platform['exec'] = async ({ domain }, service, argv, options) =>
    await translated(`exec in ${domain}`, options.signal, async () => {
      const record = await this.#claims.read(domain);
      if (!record?.services.some(({ name }) => name === service))
        throw new CcError('NotFound', `app ${domain} has no deployed service ${service}`);
      return await execInStack({ ...this.#options, stack: record.stack, service }, argv, options);
    });

  async *logs({ domain }: AppRef, options: LogOptions): AsyncIterable<LogLine> {
    const record = await translated(`logs ${domain}`, options.signal, () => this.#claims.read(domain));
    if (record === undefined) return;
    const { engine } = this.#options;
    const signal = options.signal ?? new AbortController().signal;
    const { services } = await translated(`logs ${domain}`, signal, () => engine.stack(record.stack, signal));
    for (const { id, name } of services.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const service = name.slice(record.stack.length + 1);
      if (options.service !== undefined && options.service !== service) continue;
      const lines = await translated(`logs ${domain}`, signal, () =>
        engine.serviceLogs(id, { signal, ...present({ tail: options.tail }) }),
      );
      for (const { text } of lines) yield { service, text };
    }
  }

  usage: Platform['usage'] = async ({ domain }, kinds, signal) =>
    await translated(`usage of ${domain}`, signal, async () => {
      const record = await this.#claims.read(domain);
      if (record === undefined || record.state === 'Undeployed') return [];
      return await usageOfStack({ ...this.#options, record, kinds }, signal);
    });

  apps: Platform['apps'] = async (signal) =>
    await translated('apps', signal, async () => {
      const reserved = (await this.#ports.list()).map(({ domain }) => domain);
      const domains = new Set([...(await namesIn(this.#layout.apps)), ...reserved]);
      return [...domains].toSorted().map((domain) => ({ domain }));
    });

  leftovers: Platform['leftovers'] = async ({ domain }, signal) =>
    await translated(`leftovers ${domain}`, signal, async () => {
      const record = await this.#claims.read(domain);
      const onEngine = record === undefined ? [] : await this.#claims.onEngine(record, signal);
      const volumes = record === undefined ? [] : await presentVolumes(record);
      const ports = await this.#ports.list(domain);
      const files = await namesIn(this.#layout.directory(domain));
      return [
        ...onEngine,
        ...(await this.#options.driver.leftovers({ domain })),
        ...ports.map(({ port }) => `port ${port}`),
        ...volumes.map(({ name }) => `volume ${name}`),
        ...files.toSorted().map((name) => `file ${name}`),
      ];
    });

  watch: Platform['watch'] = async (onChange, signal) => {
    if (signal.aborted) return;
    const domains = async (): Promise<string[]> => await namesIn(this.#layout.apps);
    await stackChanges({ engine: this.#options.engine, domains, onChange, signal });
  };

  #teardown(domain: string, record: StackRecord, signal: AbortSignal): TeardownOptions {
    return { ...this.#options, claims: this.#claims, domain, record, signal };
  }
}
