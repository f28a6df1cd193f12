import type { Alerts } from '../alerts/alerts.ts';
import type { RunStatus } from '../api/index.ts';
import type { AppConnection } from '../checks/app-connection.ts';
import type { Clock } from '../clock.ts';
import type { CommandRunner } from '../exec/command.ts';
import type { HostMemory } from '../exec/host-memory.ts';
import type { LeaseTurns } from '../known-good/lease-turns.ts';
import type { Log } from '../log.ts';
import type { ContainerLimits, Platform, PlatformKind } from '../platform/platform.ts';
import type { RecipeLinter } from '../recipe/recipe-linter.ts';
import type { RunActivity } from '../run-record/run-activity.ts';
import type { Limits } from '../runtime/limits.ts';
import type { Enqueue } from '../runtime/reconciler.ts';
import type { SetReader } from '../snapshot/set-reader.ts';
import type { SsoProviders } from '../sso/provider-app.ts';
import type { RealmLeases } from '../sso/realm-leases.ts';
import type { ObjectStore } from '../store/store.ts';
import type { HealthGate } from './health-gate.ts';
import type { Mirrors } from './mirrors.ts';

/** The configuration that kinds need. Durations in milliseconds. */
export interface KindSettings {
  stateDirectory: string;
  specDirectory: string;
  zone: string;
  maxRuns: number;
  /** Template with `{recipe}`, or undefined. */
  recipeSource?: string | undefined;
  allowRecipeTests: readonly string[];
  /** What each container of an untrusted commit may take. */
  untrusted: ContainerLimits;
  /** PATH of hooks and tests. */
  path: string;
  platformKind: PlatformKind;
  diskFloorBytes: number;
  memoryFloorBytes: number;
  resyncMs: number;
  /** How HTTP tests and hooks reach apps; the same as the health gate has. */
  connection: AppConnection;
  /** Where the ingress leads to apps; absent: as the platform does it. */
  swarm?: { baseUrl?: string };
}

/** Everything a kind works with; comes in through the constructor of its reconciler. */
export interface KindServices {
  store: ObjectStore;
  platform: Platform;
  mirrors: Mirrors;
  /** Of the tool that deploys; absent: our own table decides. */
  linter?: RecipeLinter;
  /** How the bytes of sets are looked at; absent: on the disk. */
  setReader?: SetReader;
  /** Tells people what went wrong, durably. */
  alerts: Alerts;
  gate: HealthGate;
  providers: SsoProviders;
  /** Who uses which warm service, among the kinds of this process. */
  leases: RealmLeases;
  /** Who works on a canonical's data next, among the kinds of this process. */
  turns: LeaseTurns;
  /** How many runs are active. */
  runs: RunActivity;
  /** What runs may take. */
  memory: HostMemory;
  runner: CommandRunner;
  limits: Limits;
  clock: Clock;
  log: Log;
  settings: KindSettings;
  enqueue: Enqueue;
  /** Told of each run once its end is journaled; by this process once at most. Must not throw. Default: nobody is. */
  onRunEnd?: (status: RunStatus) => void;
  /** Names this process among all that ever worked on the state directory. */
  session: string;
  instanceId: string;
}
