import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DurableAlertsOptions } from '../lib/alerts/alerts.ts';
import { HealthGate } from '../lib/app/health-gate.ts';
import type { KindServices } from '../lib/app/kind-services.ts';
import { Mirrors } from '../lib/app/mirrors.ts';
import type { AppConnection } from '../lib/checks/app-connection.ts';
import { toTime } from '../lib/clock.ts';
import { CcError, explainError, systemCode } from '../lib/errors.ts';
import { ProcMemory } from '../lib/exec/host-memory.ts';
import type { Forge } from '../lib/forge/forge.ts';
import { coreutils } from '../lib/fs/coreutils.ts';
import { syncTree } from '../lib/fs/durable.ts';
import { runWithLease } from '../lib/known-good/lease.ts';
import { LeaseTurns } from '../lib/known-good/lease-turns.ts';
import { loopFaults } from '../lib/metrics/health.ts';
import type { PlatformKind } from '../lib/platform/platform.ts';
import { RunActivity } from '../lib/run-record/run-activity.ts';
import { Limits } from '../lib/runtime/limits.ts';
import { Manager } from '../lib/runtime/manager.ts';
import type { Enqueue } from '../lib/runtime/reconciler.ts';
import type { StateFacts } from '../lib/service-manager/state-line.ts';
import type { SsoProvider } from '../lib/sso/provider.ts';
import type { SsoType } from '../lib/sso/provider-app.ts';
import { RealmLeases } from '../lib/sso/realm-leases.ts';
import { DirectoryGuard } from '../lib/store/directory-guard.ts';
import { FileStore } from '../lib/store/file-store.ts';
import { type Instance, openInstance, readInstance } from '../lib/store/instance.ts';
import { migrateState } from '../lib/store/migration/migrate.ts';
import type { ControllerRequest } from '../lib/store/request-format.ts';
import { STATE_FORMAT } from '../lib/store/state-format.ts';
import { makeAlerting } from './alerting.ts';
import { siteOf, startBeside } from './beside.ts';
import { ConfigChanges, type ConfigOrigin } from './config-changes.ts';
import type { LivePart } from './config-in-force.ts';
import { endChildren, endingOf } from './ending.ts';
import { Heartbeat } from './heartbeat.ts';
import { Janitor } from './janitor/janitor.ts';
import type { CleanServices } from './janitor/observe.ts';
import { holdingsOf, reconcilersOf } from './kinds.ts';
import { cleaningOf, livePartsOf, liveSettingsOf } from './live-parts.ts';
import { type Observation, openObservation } from './observation.ts';
import { followHints, type HintOptions } from './platform-hints.ts';
import type { OpenedPlatform, PlatformInputs } from './platforms.ts';
import type { Reloads } from './reloads.ts';
import type { ServiceStates } from './service-states.ts';
import type { Site } from './site/site.ts';

/** What the entry point gives the daemon: everything that depends on the process or on an adapter. */
export interface DaemonInputs extends Omit<PlatformInputs, 'supervisorCommand'> {
  foreignSpecs: 'Refuse' | 'Adopt';
  /** Decides on the platform, given what the state directory is bound to; see `platforms.ts`. */
  openPlatform: (bound: Instance | undefined) => Promise<OpenedPlatform>;
  /** How HTTP checks reach apps. */
  connection: AppConnection;
  /** The adapter of a kind of sign-on provider, for an instance. */
  openProvider: (type: SsoType, instance: string) => Promise<SsoProvider>;
  /** Where pull requests come from; absent: nowhere. */
  forge?: Forge | undefined;
  pid: number;
  version: string;
  /** Which build of the program this is; absent: it was not built. */
  build?: string | undefined;
  /** How far the controller has come, for who started it. */
  states: ServiceStates;
  /** Who asks for a reload. */
  reloads: Reloads;
  /** The configuration as it was read, and how to read it anew. */
  configOrigin: ConfigOrigin;
}

/** The running controller. */
export interface Daemon {
  /** Stops gracefully: passes are interrupted, children ended, apps left running. Idempotent. */
  stop(): Promise<void>;
  /** Ends what runs and writes nothing more: for a state directory that is not there any more. Idempotent. */
  abandon(): Promise<void>;
  /** Resolves, with what is wrong, when one of the directories is not the one that was locked any more. */
  lost: Promise<CcError>;
}

/**
 * Starts the controller in the order that makes a crash harmless: locks → format → platform → instance → end the children of a
 * controller that died → load what is remembered → list specs and platform in full → reconcile.
 * @throws CcError with what is wrong and what to do; nothing is running then.
 */
export async function startDaemon(inputs: DaemonInputs): Promise<Daemon> {
  const guard = await guardDirectories(inputs);
  try {
    await migrate(inputs);
    inputs.states.starting('looking for the platform');
    const opened = await inputs.openPlatform(await readInstance(inputs.config.stateDirectory));
    try {
      return await startOn(inputs, opened, guard);
    } catch (error) {
      opened.close();
      throw error;
    }
  } catch (error) {
    guard.release();
    inputs.log.debug('start failed', { error: explainError(error) });
    throw error;
  }
}

/** Before anything reads the state directory. */
async function migrate({ config, log, states, runner, path }: DaemonInputs): Promise<void> {
  const tools = () => coreutils({ runner, instanceId: 'migration', settings: { path } }, new AbortController().signal);
  await migrateState({
    stateDirectory: config.stateDirectory,
    log,
    sync: (place) => syncTree(place, tools()),
    onPart: (what) => states.starting(what),
  });
}

async function startOn(inputs: DaemonInputs, opened: OpenedPlatform, guard: DirectoryGuard): Promise<Daemon> {
  const { stateDirectory, specDirectory } = inputs.config;
  const instance = await openInstance({
    stateDirectory,
    specDirectory,
    platform: opened.kind,
    ...(opened.engineId === undefined ? {} : { engineId: opened.engineId }),
    newId: randomUUID,
    foreignSpecs: inputs.foreignSpecs,
  });
  inputs.states.starting('reading the state directory');
  const observation = await openObservation(inputs, opened.kind);
  try {
    inputs.cgroups?.findPlaces();
    await endChildren(inputs, instance);
    return await startLoops(inputs, { instance, opened, guard, observation });
  } catch (error) {
    await observation.close();
    throw error;
  }
}

async function guardDirectories({ config, pid, clock, log }: DaemonInputs): Promise<DirectoryGuard> {
  const { stateDirectory, specDirectory } = config;
  await makeDirectory(stateDirectory, 'stateDirectory');
  await makeDirectory(specDirectory, 'specDirectory');
  const owner = { pid, since: toTime(clock.now()) };
  return new DirectoryGuard({ stateDirectory, specDirectory, owner, clock, log });
}

async function makeDirectory(path: string, field: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    const why = systemCode(cause) ?? explainError(cause);
    const flag = field === 'specDirectory' ? '--spec-directory' : '--state-directory';
    const remedy = `Create it, or choose another with ${flag}.`;
    throw new CcError('InvalidInput', `${field}: ${path} cannot be created (${why})`, { cause, remedy });
  });
}

/** What a controller stands on before its loops run. */
export interface Ground {
  instance: Instance;
  opened: OpenedPlatform;
  guard: DirectoryGuard;
  observation: Observation;
}

async function startLoops(inputs: DaemonInputs, ground: Ground): Promise<Daemon> {
  const { instance, opened, guard, observation } = ground;
  const { onPass, onRunEnd } = observation.hooks;
  const { config, clock, log } = inputs;
  const platform = await opened.make(instance);
  const late: Late = { enqueue: () => {}, owns: () => true, ask: () => {}, site: undefined };
  const { stateDirectory, specDirectory, resyncMs } = config;
  const { instanceId } = instance;
  const store = await openStore(inputs, ground, late);
  const linter = await opened.linter?.(instance);
  const parts = { instanceId, platform, platformKind: opened.kind, store, enqueue: enqueueLater(late) };
  const { alerts, relay, sinksOf, told } = makeAlerting(inputs, { ...parts, onAlert: alertHook(late, observation) });
  const services = servicesOf(inputs, { ...parts, alerts, ...(linter && { linter }), ...(onRunEnd && { onRunEnd }) });
  const reconcilers = reconcilersOf(services);
  const manager = new Manager({ store, reconcilers, clock, log, random: Math.random, resyncMs, onPass });
  const site = siteOf(inputs, { instanceId, store, told, guard });
  observation.follow({ ...services, manager, store, relay });
  Object.assign(late, { enqueue: manager.enqueue, owns: manager.owns, site });
  inputs.states.starting('listing the specs');
  await store.sync();
  await manager.load();
  const holdings = holdingsOf(reconcilers);
  const janitor = await startJanitor(inputs, { ...services, holdings, store }, late);
  const changes = changesOf(inputs, store);
  const heartbeat = heartbeatOf(inputs, opened.kind, changes);
  await heartbeat.start();
  await store.start();
  const beside = await startBeside(inputs, { ...services, store, holdings, observation });
  manager.start();
  relay.start();
  site.start();
  observation.note('Started');
  inputs.states.ready(() => stateOf(services, { manager, store }));
  const facts = { specs: specDirectory, state: stateDirectory, platform: opened.kind, instance: instanceId };
  log.info('controller started', facts);
  const endHints = followHints({ platform, log, enqueue: manager.enqueue, ...hintedIn(store, stateDirectory) });
  const cleaning = janitor.settings;
  const live = { services, cleaning, relay, sinksOf, triggers: beside.triggers, lookAtAll: () => manager.lookAtAll() };
  startReloads(inputs, changes, livePartsOf(live));
  const working = { store, manager, heartbeat, janitor, relay, site, beside, endHints };
  return { ...endingOf(inputs, ground, working), lost: lossOf(guard, instanceId) };
}

function startReloads({ reloads, states, log }: DaemonInputs, changes: ConfigChanges, parts: LivePart[]): void {
  changes.follow(parts);
  reloads.start({ states, log, reload: () => changes.reload() });
}

function stateOf(
  { runs, settings }: Pick<KindServices, 'runs' | 'settings'>,
  { manager, store }: { manager: Manager; store: FileStore },
): StateFacts {
  const faults = loopFaults({ waiting: manager.waiting(), listedAgoMs: store.listedAgoMs() });
  const counts = { objects: store.list().length, activeRuns: runs.active(), maxRuns: settings.maxRuns };
  return { ...counts, isComplete: store.complete(), faults };
}

function lossOf(guard: DirectoryGuard, instanceId: string): Promise<CcError> {
  return new Promise((resolve) => guard.start(instanceId, resolve));
}

/** Of the manager, as soon as there is one. */
function enqueueLater(late: Late): Enqueue {
  return (key, priority) => late.enqueue(key, priority);
}

/** Who is told of an alert that was made. */
function alertHook(late: Late, { hooks }: Observation): DurableAlertsOptions['onAlert'] {
  return (alert) => {
    late.site?.alertsChanged();
    hooks.onAlert?.(alert);
  };
}

function openStore(inputs: DaemonInputs, { instance, guard, observation }: Ground, late: Late): Promise<FileStore> {
  const { config, clock, log, build } = inputs;
  const { stateDirectory, specDirectory, deletionGraceMs: graceMs } = config;
  return FileStore.open({
    ...{ stateDirectory, specDirectory, instanceId: instance.instanceId, graceMs, clock, log, build },
    onChange: enqueueLater(late),
    onStatus: observation.hooks.onStatus,
    onShown: (key) => late.site?.changed(key),
    owns: (key) => late.owns(key),
    onControllerRequest: (request) => late.ask(request),
    holdsSpecs: () => guard.holdsSpecs(),
  });
}

/** Who is concerned by a change of an app. */
function hintedIn({ claims }: FileStore, stateDirectory: string): Pick<HintOptions, 'claims' | 'leasedBy'> {
  return { claims, leasedBy: (canonical) => runWithLease(join(stateDirectory, 'canonicals', canonical)) };
}

type JanitorParts = Omit<CleanServices, 'settings'> & Pick<KindServices, 'instanceId'> & { store: FileStore };

async function startJanitor({ config, cgroups }: DaemonInputs, parts: JanitorParts, late: Late): Promise<Janitor> {
  const { stateDirectory, specDirectory, resyncMs: intervalMs } = config;
  const { store, instanceId } = parts;
  const janitor = new Janitor({
    ...parts,
    settings: { stateDirectory, ...cleaningOf(config) },
    specDirectory,
    intervalMs,
    sweepHost: () => void cgroups?.remove(`${instanceId}/`),
    remove: (id) => store.removeControllerRequest(id),
    event: (event) => store.controllerEvent(event),
  });
  late.ask = (request) => void janitor.ask(request);
  await janitor.start();
  return janitor;
}

/** What exists only after the store. */
type Late = Pick<Manager, 'enqueue' | 'owns'> & { ask(request: ControllerRequest): void; site: Site | undefined };

type Parts = Pick<KindServices, 'instanceId' | 'platform' | 'store' | 'enqueue' | 'alerts' | 'linter' | 'onRunEnd'> & {
  platformKind: PlatformKind;
};

function servicesOf({ config, path, connection, openProvider, ...outside }: DaemonInputs, parts: Parts): KindServices {
  const { clock, log, runner } = outside;
  const { platformKind, ...inside } = parts;
  return {
    ...inside,
    clock,
    log,
    runner,
    mirrors: new Mirrors({ ...config, instanceId: parts.instanceId, runner, path }),
    gate: new HealthGate(parts.platform, clock, connection),
    limits: new Limits(),
    providers: (type) => openProvider(type, parts.instanceId),
    leases: new RealmLeases((name) => parts.enqueue({ kind: 'WarmService', name })),
    turns: new LeaseTurns(clock, (key) => parts.enqueue(key)),
    runs: new RunActivity(parts.enqueue),
    memory: new ProcMemory(),
    session: randomUUID(),
    settings: { ...config, ...liveSettingsOf(config), path, platformKind, connection },
  };
}

function changesOf({ configOrigin, log }: DaemonInputs, store: FileStore): ConfigChanges {
  return new ConfigChanges({ ...configOrigin, log, event: (one) => store.controllerEvent(one) });
}

function heartbeatOf(inputs: DaemonInputs, platform: PlatformKind, changes: ConfigChanges): Heartbeat {
  const { config, pid, version, clock, log, cgroups } = inputs;
  const { stateDirectory, specDirectory, site } = config;
  const shown = { site: { directory: site.directory, ...(site.url === undefined ? {} : { url: site.url }) } };
  const held = cgroups === undefined ? {} : { cgroups: cgroups.place };
  const facts = { stateDirectory, specDirectory, platform, pid, version, format: STATE_FORMAT, ...shown, ...held };
  const onFault = (error: unknown): void => log.warn('heartbeat failed', { error: explainError(error) });
  return new Heartbeat(facts, clock, onFault, () => changes.look());
}
