import { performance } from 'node:perf_hooks';
import type { Alert } from '../lib/alerts/alert.ts';
import type { AlertRelay } from '../lib/alerts/relay.ts';
import type { RunStatus } from '../lib/api/index.ts';
import type { KindSettings } from '../lib/app/kind-services.ts';
import type { ListenAddress } from '../lib/config/load.ts';
import { explainError } from '../lib/errors.ts';
import type { HostMemory } from '../lib/exec/host-memory.ts';
import { countAlert, countPass, countRun, startCounts } from '../lib/metrics/counts.ts';
import { CONTENT_TYPES, formatFor, openMetricsOf } from '../lib/metrics/exposition.ts';
import { type ForgeActivity, forgeSource } from '../lib/metrics/forge-source.ts';
import { type ListingFacts, loopFaults, Readiness, type Standing } from '../lib/metrics/health.ts';
import {
  alertSource,
  diskSource,
  memorySource,
  type ProcessUsage,
  processSource,
  type RoomLimits,
} from '../lib/metrics/host-source.ts';
import { type Answer, HttpServer, type Routes } from '../lib/metrics/http-server.ts';
import { queueSource, readySource } from '../lib/metrics/loop-source.ts';
import { enrolledSource, objectSource } from '../lib/metrics/object-source.ts';
import type { MetricRegistry } from '../lib/metrics/registry.ts';
import { type MetricSource, Scrape } from '../lib/metrics/scrape.ts';
import { StatusBoard } from '../lib/metrics/status-board.ts';
import type { Platform } from '../lib/platform/platform.ts';
import type { RunActivity } from '../lib/run-record/run-activity.ts';
import type { EndedPass } from '../lib/runtime/controller.ts';
import type { Manager } from '../lib/runtime/manager.ts';
import type { FileStore, FileStoreOptions } from '../lib/store/file-store.ts';
import type { DaemonInputs } from './daemon.ts';

/** What is told of what happens, as it happens. None of it throws. */
export interface Hooks {
  onPass: (pass: EndedPass) => void;
  onStatus: NonNullable<FileStoreOptions['onStatus']>;
  onRunEnd: (status: RunStatus) => void;
  onAlert: (alert: Pick<Alert, 'reason' | 'severity'>) => void;
}

/** What is looked at when somebody asks. */
export interface Observed {
  manager: Pick<Manager, 'waiting'>;
  store: Pick<FileStore, 'list' | 'listedAgoMs' | 'complete'>;
  platform: Pick<Platform, 'identity'>;
  runs: Pick<RunActivity, 'active'>;
  memory: HostMemory;
  settings: Readonly<RoomLimits & Pick<KindSettings, 'maxRuns'>>;
  relay: Pick<AlertRelay, 'sinks'>;
}

/** How the controller is seen from outside: `/metrics`, `/healthz` and `/readyz` of `metrics.listen`. */
export interface Observation {
  /** Absent: nobody looks. */
  hooks: Partial<Hooks>;
  /** From here on pages have values of these. */
  follow(observed: Observed): void;
  /** The same for the bridge to a forge, which starts last; undefined: there is none. */
  followForge(forge: ForgeActivity | undefined): void;
  note(standing: Standing): void;
  /** Ends the server. Idempotent. */
  close(): Promise<void>;
}

/** Without `metrics.listen`: keeps nothing. */
const unobserved: Observation = {
  hooks: {},
  follow: () => {},
  followForge: () => {},
  note: () => {},
  close: async () => {},
};

type ObservationInputs = Pick<DaemonInputs, 'config' | 'clock' | 'log' | 'version' | 'build'>;

/** Listens where the configuration says so, before anything else is begun. @throws CcError as `HttpServer.open`. */
export async function openObservation(inputs: ObservationInputs, platform: string): Promise<Observation> {
  const { listen } = inputs.config.metrics;
  if (listen === undefined) return unobserved;
  const { PrometheusRegistry } = await import('../lib/metrics/prometheus-registry.ts');
  return await new Watching(inputs, new PrometheusRegistry(), platform).listen(listen);
}

class Watching implements Observation {
  readonly #inputs: ObservationInputs;
  readonly #registry: MetricRegistry;
  readonly #board = new StatusBoard();
  readonly #startTime: number;
  #server: HttpServer | undefined;
  #observed: Observed | undefined;
  #forge: ForgeActivity | undefined;
  #scrape: Scrape | undefined;
  #readiness: Readiness | undefined;

  constructor(inputs: ObservationInputs, registry: MetricRegistry, platform: string) {
    this.#inputs = inputs;
    this.#registry = registry;
    this.#startTime = inputs.clock.now() / 1000 - process.uptime();
    startCounts(registry);
    const labels = { version: inputs.version, build: inputs.build?.slice(0, 12) ?? 'None', platform };
    registry.set('cc_ci_build_info', [{ labels: { ...labels, node: process.versions.node }, value: 1 }]);
  }

  async listen({ host, port }: ListenAddress): Promise<this> {
    const { clock, log } = this.#inputs;
    this.#server = await HttpServer.open({ host, port, clock, log, routes: this.#routes() });
    log.info('metrics are served', { host, port: this.#server.port });
    return this;
  }

  get hooks(): Hooks {
    const registry = this.#registry;
    return {
      onPass: this.#guarded((pass) => countPass(registry, pass)),
      onStatus: this.#guarded((object, status) => this.#board.note(object, status)),
      onRunEnd: this.#guarded((status) => countRun(registry, status)),
      onAlert: this.#guarded((alert) => countAlert(registry, alert)),
    };
  }

  follow(observed: Observed): void {
    const { clock, log } = this.#inputs;
    this.#observed = observed;
    this.#readiness = new Readiness({ probe: (signal) => observed.platform.identity(signal), clock, log });
    this.#scrape = new Scrape({ registry: this.#registry, sources: this.#sources(observed), clock, log });
  }

  followForge(forge: ForgeActivity | undefined): void {
    this.#forge = forge;
  }

  note(standing: Standing): void {
    this.#readiness?.note(standing);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #sources({ store, runs, memory, settings, relay }: Observed): MetricSource[] {
    const { clock } = this.#inputs;
    const loop = {
      ...{ loop: () => this.#loop(), clock },
      slots: () => ({ used: runs.active(), most: settings.maxRuns }),
      isReady: async () => (await this.#readiness?.fault()) === undefined,
    };
    const objects = { store, board: this.#board };
    return [
      ...[queueSource(loop), readySource(loop), objectSource(objects), enrolledSource(objects)],
      ...[diskSource(settings), memorySource(memory, settings), processSource(() => this.#usage())],
      alertSource({ stateDirectory: settings.stateDirectory, sinks: () => relay.sinks }),
      forgeSource(() => this.#forge),
    ];
  }

  #loop(): ListingFacts {
    const { manager, store } = this.#observed ?? {};
    const listedAgoMs = store?.listedAgoMs();
    const complete = listedAgoMs === undefined ? undefined : store?.complete();
    return { waiting: manager?.waiting() ?? new Map(), listedAgoMs, complete };
  }

  #usage(): ProcessUsage {
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
      startTime: this.#startTime,
      activeSeconds: performance.eventLoopUtilization().active / 1000,
    };
  }

  #routes(): Routes {
    return {
      '/metrics': (accept) => this.#metrics(accept),
      '/healthz': async () => said(loopFaults(this.#loop())),
      '/readyz': async () => {
        const starting = 'the controller starts';
        const fault = this.#readiness === undefined ? starting : await this.#readiness.fault();
        return said(fault === undefined ? [] : [fault]);
      },
    };
  }

  async #metrics(accept: string | undefined): Promise<Answer> {
    if (this.#scrape === undefined) return said(['the controller starts']);
    const format = formatFor(accept);
    const page = await this.#scrape.page();
    return { status: 200, type: CONTENT_TYPES[format], body: format === 'OpenMetrics' ? openMetricsOf(page) : page };
  }

  /** What only looks on never fails what it looks at. */
  #guarded<Told extends unknown[]>(note: (...told: Told) => void): (...told: Told) => void {
    return (...told) => {
      try {
        note(...told);
      } catch (error) {
        this.#inputs.log.warn('something was not counted', { error: explainError(error) });
      }
    };
  }
}

function said(faults: readonly string[]): Answer {
  const lines = faults.length === 0 ? ['ok'] : faults;
  return { status: faults.length === 0 ? 200 : 503, type: 'text/plain; charset=utf-8', body: `${lines.join('\n')}\n` };
}
