import { rm } from 'node:fs/promises';
import { present } from '../../api/objects.ts';
import type { Clock } from '../../clock.ts';
import { CcError, orElse } from '../../errors.ts';
import type { Cgroups } from '../../exec/cgroups.ts';
import { type CommandRunner, TOKEN_VARIABLE } from '../../exec/command.ts';
import { exists, namesIn } from '../../fs/exists.ts';
import { RecordFiles } from '../../fs/record-files.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { type Log, silentLog } from '../../log.ts';
import { mainPortUrl } from '../main-port-url.ts';
import type { AppRef, AppSpec, LogLine, LogOptions, Platform, Revision } from '../platform.ts';
import type { PortOf } from '../port-placeholders.ts';
import { type PortRange, PortReservations } from '../port-reservations.ts';
import { Preparations, recordStamp } from '../preparations.ts';
import { translated } from '../translated.ts';
import { ProcessApp } from './app.ts';
import { watchChanges } from './changes.ts';
import { ProcessLayout } from './layout.ts';
import { appliedRevision, changedByOthers, observeService } from './observation.ts';
import { appliedOf, planApp, type ResolvedApp } from './plan.ts';
import { ServiceProcesses } from './processes.ts';
import { newSpecId } from './record.ts';
import { readServiceLog } from './supervisor/rotating-log.ts';
import { usageOfServices } from './usage.ts';
import { VolumeDirectories } from './volumes.ts';

export interface ProcessPlatformOptions {
  /** Absolute path. */
  stateDirectory: string;
  instanceId: string;
  clock: Clock;
  log?: Log;
  /** argv that runs `supervisor/main.ts`; its own arguments are appended. */
  supervisorCommand: readonly string[];
  hostPorts: PortRange;
  /** PATH of the apps. */
  path: string;
  runner: CommandRunner;
  /** Where the machine has them: what keeps hold of processes that shed their token. */
  cgroups?: Cgroups | undefined;
  /** Grace of services whose compose file names none, milliseconds; default 10 s. */
  stopGraceMs?: number;
}

/** Runs recipes as plain processes of this machine (Linux): one supervisor per service, volumes are directories. */
export class ProcessPlatform implements Platform {
  readonly #options: ProcessPlatformOptions;
  readonly #layout: ProcessLayout;
  readonly #ports: PortReservations;
  readonly #preparations: Preparations<ResolvedApp>;
  readonly #processes: ServiceProcesses;
  readonly #volumes: VolumeDirectories;
  readonly #log: Log;

  constructor(options: ProcessPlatformOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#layout = new ProcessLayout(options.stateDirectory);
    this.#preparations = new Preparations((domain) => recordStamp(this.#layout.app(domain).applied));
    this.#volumes = new VolumeDirectories(this.#layout);
    this.#ports = new PortReservations({
      records: new RecordFiles(options.stateDirectory),
      directory: this.#layout.ports,
      range: options.hostPorts,
      clock: options.clock,
    });
    this.#processes = new ServiceProcesses({ ...options, layout: this.#layout });
  }

  identity: Platform['identity'] = async (signal) => {
    return await translated('identity', signal, async () => ({ kind: 'Process', engineId: this.#options.instanceId }));
  };

  observe: Platform['observe'] = async ({ domain }, signal) => {
    return await translated(`observe ${domain}`, signal, async () => {
      const home = this.#app(domain);
      const applied = await home.read();
      const volumes = await this.#volumes.list(domain);
      if (!applied || applied.state === 'Undeployed') {
        const deployed = (await this.#processes.list(domain, applied)).length > 0;
        return { deployed, services: [], volumes, endpoints: [], ignored: [] };
      }
      const recorded = await home.recorded(applied);
      const url = mainPortUrl(applied.endpoints);
      return {
        deployed: true,
        ...appliedRevision(applied, recorded),
        services: recorded.map((service) => observeService(applied, service)),
        volumes,
        endpoints: applied.endpoints,
        ignored: applied.ignored,
        ...present({ url, changedByOthers: changedByOthers(applied, recorded) }),
      };
    });
  };

  prepare: Platform['prepare'] = async (app, revision, signal) => {
    // Any port will do: none is reserved before the deploy.
    return await translated(`prepare ${app.domain}`, signal, () =>
      this.#preparations.add(app, revision, () => this.#resolve(app, revision, async () => 1)),
    );
  };

  deploy: Platform['deploy'] = async (prepared, signal) => {
    const { app, revision } = prepared;
    const { domain } = app;
    await translated(`deploy ${domain}`, signal, () =>
      this.#preparations.deploy(prepared, async (found) => {
        const home = this.#app(domain);
        const before = await home.readOrEmpty();
        const portOf: PortOf = async (use) => (await this.#ports.reserve({ domain, ...use })).port;
        const resolved = found.endpoints.length === 0 ? found : await this.#resolve(app, revision, portOf);
        const volumes = await this.#volumes.create(domain, before.volumes, resolved.volumes);
        const wanted = await appliedOf(before, { app, revision, resolved, volumes });
        const applied = wanted.digest === before.digest && before.state === 'Deployed' ? before : wanted;
        await home.run(before, applied, signal);
      }),
    );
  };

  undeploy: Platform['undeploy'] = async ({ domain }, signal) => {
    await translated(`undeploy ${domain}`, signal, () => this.#app(domain).takeDown(signal));
  };

  destroy: Platform['destroy'] = async ({ domain }, signal) => {
    await translated(`destroy ${domain}`, signal, async () => {
      await this.#app(domain).takeDown(signal);
      await this.#ports.release(domain);
      await removeTree(this.#layout.app(domain).volumes);
      await removeTree(this.#layout.app(domain).directory);
      await rm(this.#layout.change(domain), { force: true });
      this.#log.info('app destroyed', { domain });
    });
  };

  volumes: Platform['volumes'] = async ({ domain }, signal) => {
    return await translated(`volumes ${domain}`, signal, () => this.#volumes.list(domain));
  };

  ensureVolumes: Platform['ensureVolumes'] = async ({ domain }, names, signal) => {
    return await translated(`ensureVolumes ${domain}`, signal, async () => {
      const home = this.#app(domain);
      const before = await home.readOrEmpty();
      const volumes = await this.#volumes.restore(domain, before.volumes, names);
      await home.write({ ...before, volumes });
      return await this.#volumes.list(domain);
    });
  };

  recordVolumes: Platform['recordVolumes'] = async ({ domain }, names, signal) => {
    await translated(`recordVolumes ${domain}`, signal, async () => {
      const home = this.#app(domain);
      await home.write({ ...(await home.readOrEmpty()), volumes: names.toSorted() });
    });
  };

  stopServices: Platform['stopServices'] = async ({ domain }, signal) => {
    await translated(`stopServices ${domain}`, signal, async () => {
      const home = this.#app(domain);
      const applied = await home.read();
      if (!applied || applied.state === 'Undeployed' || applied.state === 'Removing') return;
      await home.write({ ...applied, state: 'Stopped' });
      await home.stopProcesses(applied, signal);
      await home.tell();
    });
  };

  startServices: Platform['startServices'] = async ({ domain }, signal) => {
    await translated(`startServices ${domain}`, signal, async () => {
      const home = this.#app(domain);
      const applied = await home.read();
      if (applied?.state !== 'Deployed' && applied?.state !== 'Stopped') {
        throw new CcError('NotFound', `app ${domain} is not deployed`);
      }
      await this.#volumes.create(domain, applied.volumes, applied.mounted);
      const restarted = { ...applied, state: 'Deployed' as const, specId: newSpecId() };
      const wanted = applied.state === 'Deployed' ? applied : restarted;
      await home.run(applied, wanted, signal);
    });
  };

  exec: Platform['exec'] = async ({ domain }, service, argv, options) => {
    const [program = '', ...args] = argv;
    return await translated(`exec in ${domain}`, options.signal, async () => {
      const applied = await this.#app(domain).read();
      const found = applied?.services.find(({ name }) => name === service);
      if (!found) throw new CcError('NotFound', `app ${domain} has no deployed service ${service}`);
      const { environment, directory } = found.launch;
      const token = this.#processes.execToken(domain, service);
      const env = { ...environment, [TOKEN_VARIABLE]: token };
      const ended = this.#options.runner.run({ argv: [program, ...args], cwd: directory, env, ...options });
      // What a shell answers for a program that is not there.
      const absent = { exitCode: 127, stdout: '', outcome: 'Exited' } as const;
      return await orElse(ended, 'NotFound', ({ message }) => ({ ...absent, stderr: message }));
    });
  };

  async *logs({ domain }: AppRef, options: LogOptions): AsyncIterable<LogLine> {
    const names = await translated(`logs ${domain}`, options.signal, () => namesIn(this.#layout.app(domain).services));
    for (const service of names.toSorted()) {
      if (options.service !== undefined && options.service !== service) continue;
      const { log } = this.#layout.app(domain).service(service);
      const lines = await translated(`logs ${domain}`, options.signal, () => readServiceLog(log, options.tail));
      for (const text of lines) yield { service, text };
    }
  }

  usage: Platform['usage'] = async ({ domain }, kinds, signal) => {
    return await translated(`usage of ${domain}`, signal, async () => {
      const home = this.#app(domain);
      const applied = await home.read();
      if (applied === undefined || applied.state === 'Undeployed') return [];
      const recorded = await home.recorded(applied);
      const tools = { layout: this.#layout, processes: this.#processes, clock: this.#options.clock };
      return await usageOfServices({ ...tools, domain, recorded, kinds }, signal);
    });
  };

  apps: Platform['apps'] = async (signal) => {
    return await translated('apps', signal, async () => {
      const reserved = (await this.#ports.list()).map(({ domain }) => domain);
      const running = await this.#processes.domains();
      const domains = new Set([...(await namesIn(this.#layout.apps)), ...reserved, ...running]);
      return [...domains].toSorted().map((domain) => ({ domain }));
    });
  };

  leftovers: Platform['leftovers'] = async ({ domain }, signal) => {
    return await translated(`leftovers ${domain}`, signal, async () => {
      const processes = await this.#processes.list(domain, await this.#app(domain).read());
      const ports = await this.#ports.list(domain);
      const { directory } = this.#layout.app(domain);
      const files = await namesIn(directory);
      return [
        ...((await exists(directory)) ? [`directory ${directory}`] : []),
        ...processes.map(({ pid }) => `process ${pid}`),
        ...ports.map(({ port }) => `port ${port}`),
        ...(await this.#volumes.list(domain)).map(({ name }) => `volume ${name}`),
        ...files.toSorted().map((name) => `file ${name}`),
      ];
    });
  };

  watch: Platform['watch'] = async (onChange, signal) => {
    const { clock } = this.#options;
    await watchChanges({ directory: this.#layout.changes, clock, log: this.#log, onChange }, signal);
  };

  #app(domain: string): ProcessApp {
    const { instanceId } = this.#options;
    return new ProcessApp({
      domain,
      instanceId,
      layout: this.#layout,
      processes: this.#processes,
      ports: this.#ports,
    });
  }

  async #resolve(app: AppSpec, revision: Revision, portOf: PortOf): Promise<ResolvedApp> {
    return await planApp({
      app,
      revision,
      layout: this.#layout.app(app.domain),
      path: this.#options.path,
      defaultGraceMs: this.#options.stopGraceMs,
      portOf,
    });
  }
}
